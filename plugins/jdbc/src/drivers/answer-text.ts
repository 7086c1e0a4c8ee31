import type { Readable } from "node:stream";
import { TaskFailure } from "@capstan/sdk";

/** More than an answer may have: it is no use to ask again. */
export class AnswerTooLong extends TaskFailure {}

/** An answer that is read at once. Throws `AnswerTooLong` beyond `bytesMax`, and then reads no further. */
export async function answerText(body: Readable, bytesMax: number): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > bytesMax) throw new AnswerTooLong(`The server answered with more than ${bytesMax} bytes at once.`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
