import { StringDecoder } from "node:string_decoder";

/** The rows of a stream of CSV, also of one with line breaks in its fields; empty lines are rows with one empty field. */
export async function* csvRows(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new StringDecoder("utf8");
  let row: string[] = [];
  let field = "";
  let isQuoted = false;
  // A quote in a quoted field ends it, unless another one follows, which may be in the next piece.
  let hasEnded = false;
  for await (const piece of pieces) {
    for (const character of decoder.write(piece)) {
      if (isQuoted && !hasEnded && character !== '"') field += character;
      else if (character === '"') {
        if (!isQuoted) isQuoted = true;
        else if (hasEnded) {
          field += character;
          hasEnded = false;
        } else hasEnded = true;
      } else if (character === "," || character === "\n") {
        row.push(field);
        field = "";
        isQuoted = false;
        hasEnded = false;
        if (character === ",") continue;
        yield row;
        row = [];
      } else if (character !== "\r") field += character;
    }
  }
  if (field !== "" || row.length > 0) yield [...row, field];
}
