import { StringDecoder } from "node:string_decoder";

/** Longest line that a command's output is read in, in characters; what is beyond is dropped. A protocol line carries all that an attempt may put out. */
export const LINE_CHARACTERS_MAX = 2_200_000;

export interface LineReader {
  push(chunk: Buffer): void;
  /** Hands out a last line that has no end. */
  end(): void;
}

/**
 * Cuts bytes into lines of text. Bytes that are no UTF-8 become U+FFFD; a carriage return before the line end belongs to it;
 * of a line over the limit the rest is dropped, so memory stays bounded whatever is written.
 */
export function createLineReader(onLine: (line: string) => void, charactersMax = LINE_CHARACTERS_MAX): LineReader {
  const decoder = new StringDecoder("utf8");
  let pieces: string[] = [];
  let length = 0;
  const add = (piece: string) => {
    const fitting = length + piece.length <= charactersMax ? piece : piece.slice(0, charactersMax - length);
    if (fitting === "") return;
    pieces.push(fitting);
    length += fitting.length;
  };
  const finish = () => {
    const line = pieces.length === 1 ? pieces[0]! : pieces.join("");
    pieces = [];
    length = 0;
    onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  };
  const take = (text: string) => {
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      add(text.slice(start, end));
      finish();
      start = end + 1;
    }
    if (start < text.length) add(text.slice(start));
  };
  return {
    push: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      if (length > 0) finish();
    },
  };
}
