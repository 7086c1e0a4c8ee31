import { StringDecoder } from "node:string_decoder";

/** Bytes or text in pieces, as streams give it. */
export type Pieces = AsyncIterable<Uint8Array | string>;

/**
 * The pieces of a UTF-8 stream between separators; a separator at the very end starts no further piece. Holds one line in memory
 * at a time.
 */
export async function* readLines(content: Pieces, separator = "\n"): AsyncGenerator<string> {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for await (const piece of content) {
    // Where the search may begin: what came before holds no separator, but could hold the start of one.
    let from = Math.max(0, rest.length - separator.length + 1);
    rest += typeof piece === "string" ? piece : decoder.write(piece);
    let start = 0;
    for (let end = rest.indexOf(separator, from); end !== -1; end = rest.indexOf(separator, from)) {
      yield rest.slice(start, end);
      start = end + separator.length;
      from = start;
    }
    rest = rest.slice(start);
  }
  rest += decoder.end();
  if (rest !== "") yield rest;
}
