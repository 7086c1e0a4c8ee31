import { TaskFailure } from "@capstan/sdk";

/** How CSV is written. */
export interface CsvOptions {
  readonly fieldDelimiter: string;
  readonly quote: string;
}

/**
 * The rows of CSV in pieces of text (RFC 4180): quoted values may have separators, line breaks and doubled quotes. Empty lines are no rows. Throws
 * `TaskFailure` for separators and quotes of several characters.
 */
export async function* csvRows(
  content: AsyncIterable<string>,
  { fieldDelimiter, quote }: CsvOptions,
): AsyncGenerator<string[]> {
  if (fieldDelimiter.length !== 1 || quote.length !== 1)
    throw new TaskFailure("`fieldDelimiter` and `quote` of `csvOptions` are one character each.");
  let row: string[] = [];
  let value = "";
  let isQuoted = false;
  /** A quote was read inside of quotes: it ends them, or is doubled. */
  let isAfterQuote = false;
  for await (const piece of content) {
    // What is between two characters that mean something is taken as one text: many small ones are ten times as slow.
    let start = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const character = piece[at];
      if (isAfterQuote) {
        isAfterQuote = false;
        start = at;
        // The second of two quotes is a part of the value, and is taken with what follows.
        if (character === quote) continue;
        isQuoted = false;
      }
      if (isQuoted) {
        if (character !== quote) continue;
        value += piece.slice(start, at);
        start = at + 1;
        isAfterQuote = true;
      } else if (character === quote && value === "" && start === at) {
        isQuoted = true;
        start = at + 1;
      } else if (character === fieldDelimiter) {
        row.push(value + piece.slice(start, at));
        value = "";
        start = at + 1;
      } else if (character === "\n") {
        const last = (value + piece.slice(start, at)).replace(/\r$/, "");
        if (row.length > 0 || last !== "") yield [...row, last];
        row = [];
        value = "";
        start = at + 1;
      }
    }
    value += piece.slice(start);
  }
  if (row.length > 0 || value !== "") yield [...row, value];
}
