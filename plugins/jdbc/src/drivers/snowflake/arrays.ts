/** Bytes of JSON; no byte of a longer character is one of them. */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/**
 * The texts of arrays that stand behind each other with commas between them, `["a",null],["b","c"]`, as they come; arrays within are a part of
 * those around them. Throws when the last one has no end.
 */
export async function* arraysIn(content: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let begun: Uint8Array[] = [];
  let depth = 0;
  let inText = false;
  let escaped = false;
  for await (const piece of content) {
    let start = 0;
    for (let at = 0; at < piece.length; at += 1) {
      const byte = piece[at];
      if (escaped) escaped = false;
      else if (inText) {
        if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inText = false;
      } else if (byte === QUOTE) inText = true;
      else if (byte === OPEN) {
        if (depth === 0) start = at;
        depth += 1;
      } else if (byte === CLOSE) {
        depth -= 1;
        if (depth > 0) continue;
        yield Buffer.concat([...begun, piece.subarray(start, at + 1)]).toString("utf8");
        begun = [];
      }
    }
    if (depth > 0) begun.push(piece.subarray(start));
  }
  if (depth > 0) throw new Error("a file of rows was broken off");
}
