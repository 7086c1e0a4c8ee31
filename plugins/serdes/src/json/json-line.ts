import { type FileRecord, readLines, recordLine, TaskFailure } from "@capstan/sdk";

/** Line ends and the indentation behind them; within the texts of JSON there are none. */
const LINE_END = /[\r\n]\s*/g;

/**
 * Checks JSON text, and answers it on one line with a line end. It is not written anew, so that numbers keep all of their digits.
 * `place` is named by the message of the `TaskFailure` for text that is no JSON.
 */
export function jsonLine(text: string, place: string, remedy = ""): string {
  try {
    JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TaskFailure(`The file is no JSON at ${place}: ${reason}.${remedy}`, { cause: error });
  }
  return `${text.replaceAll(LINE_END, "")}\n`;
}

/** The lines of JSON Lines, but for those that are blank. Throws `TaskFailure` for what is no JSON. */
export async function* jsonLines(texts: AsyncIterable<string>, remedy = ""): AsyncGenerator<string> {
  let number = 0;
  for await (const line of readLines(texts)) {
    number += 1;
    const text = line.trim();
    if (text !== "") yield jsonLine(text, `line ${number}`, remedy);
  }
}

/** A record as a line of JSON: as it is written if it is JSON, so that numbers keep all of their digits. */
export function jsonOf({ value, line }: FileRecord): string {
  try {
    JSON.parse(line);
    return `${line.trim()}\n`;
  } catch {
    return recordLine(value); // The line is Ion.
  }
}

/** The value of a record, whose whole numbers beyond those of JavaScript are of the type bigint. */
export function exactValue({ value, line }: FileRecord): unknown {
  try {
    return LONG_NUMBER.test(line) ? JSON.parse(line, withBigInts) : value;
  } catch {
    return value; // The line is Ion.
  }
}

/** Only such texts can hold whole numbers that a JavaScript number would change. */
const LONG_NUMBER = /\d{16}/;

// The third argument of a reviver tells how the number was written; the compiler's library lacks it.
function withBigInts(this: unknown, _key: string, value: unknown, context?: { source?: string }): unknown {
  const { source = "" } = context ?? {};
  return typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source) ? BigInt(source) : value;
}
