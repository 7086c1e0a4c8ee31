import type { IncomingMessage } from "node:http";

const PLAIN_TYPE = /^(?!multipart\/)[a-z]+\/[\w.+-]+(?:;|$)/i;

/** Whether a body, if there is one, can be read as it comes: its length is known and within the limit, nothing is packed. */
export function isPlain({ headers }: IncomingMessage, bytesMax: number): boolean {
  const { "content-length": length = "0", "content-type": type } = headers;
  return (
    headers["content-encoding"] === undefined &&
    headers["transfer-encoding"] === undefined &&
    headers.expect === undefined &&
    Number(length) <= bytesMax &&
    (type === undefined || PLAIN_TYPE.test(type))
  );
}

/** Gives the whole body; nothing when the caller hangs up before its end. */
export function readBytes(request: IncomingMessage, done: (bytes: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => done(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
}
