import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { ExecutionFiles } from "@capstan/sdk";
import type { RequestBody } from "@capstan/sdk/http";

export interface FormFile {
  /** Address of the stored file. */
  readonly uri: string;
  /** As the server sees it. */
  readonly name: string;
  readonly mimeType: string;
  /** Sent before the file. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** A form with one stored file as its `file`, which is never in memory as a whole. Throws `TaskFailure` when there is none. */
export async function fileForm(
  files: ExecutionFiles,
  { uri, name, mimeType, fields = {} }: FormFile,
): Promise<RequestBody> {
  const boundary = `capstan-${randomUUID()}`;
  const part = (head: string) => `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`;
  const before = Object.entries(fields).map(([field, value]) => `${part(`name="${escaped(field)}"`)}${value}\r\n`);
  const head = `${before.join("")}${part(`name="file"; filename="${escaped(name)}"\r\nContent-Type: ${oneLine(mimeType)}`)}`;
  const tail = `\r\n--${boundary}--\r\n`;
  const sizeBytes = await files.sizeBytes(uri);
  async function* content(): AsyncGenerator<Buffer> {
    yield Buffer.from(head);
    yield* (await files.read(uri)) as AsyncIterable<Buffer>;
    yield Buffer.from(tail);
  }
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    contentLength: Buffer.byteLength(head) + sizeBytes + Buffer.byteLength(tail),
    text: undefined,
    open: () => Readable.from(content()),
  };
}

/** The last part of an address, for a file that was given no other name. */
export function fileNameOf(uri: string): string {
  return uri.trim().split("/").at(-1) || "file";
}

/** As browsers write names in forms. */
function escaped(name: string): string {
  return name.replaceAll('"', "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]+/g, " ").trim();
}
