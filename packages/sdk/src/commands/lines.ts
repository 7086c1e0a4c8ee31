import { StringDecoder } from "node:string_decoder";

/** Longest line that a command's output is read in, in characters; what is beyond is dropped. A protocol line carries all that an attempt may put out. */
export const LINE_CHARACTERS_MAX = 2_200_000;

const LINE_END = /\r\n|\n|\r/gu;

export interface LineReader {
  push(chunk: Buffer): void;
  /** Hands out a last line that has no end. */
  end(): void;
}

/**
 * Cuts bytes into lines of text. A line ends with a line feed, a carriage return, or both, as in Java: what draws a bar of
 * progress over and over is a line each time, and is seen at once. Bytes that are no UTF-8 become U+FFFD; of a line over the
 * limit the rest is dropped, so memory stays bounded whatever is written.
 */
export function createLineReader(onLine: (line: string) => void, charactersMax = LINE_CHARACTERS_MAX): LineReader {
  /** Most commands write to one stream at most. */
  let decoder: StringDecoder | undefined;
  let pieces: string[] = [];
  let length = 0;
  let afterReturn = false;
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
    onLine(line);
  };
  const take = (text: string) => {
    if (text === "") return;
    let start = afterReturn && text.startsWith("\n") ? 1 : 0;
    afterReturn = text.endsWith("\r");
    for (const { 0: lineEnd, index } of text.matchAll(LINE_END)) {
      if (index < start) continue;
      add(text.slice(start, index));
      finish();
      start = index + lineEnd.length;
    }
    if (start < text.length) add(text.slice(start));
  };
  return {
    push: (chunk) => take((decoder ??= new StringDecoder("utf8")).write(chunk)),
    end: () => {
      if (decoder !== undefined) take(decoder.end());
      if (length > 0) finish();
    },
  };
}
