import { Readable } from "node:stream";
import type { FileToPack } from "@capstan/sdk/tar";

/** The bytes of a ZIP archive. `time`: epoch milliseconds of its files. */
export async function zipOf(files: Iterable<FileToPack>, time: number): Promise<Readable> {
  const { ZipFile } = await import("yazl");
  const zip = new ZipFile();
  const output = zip.outputStream as Readable;
  const fail = (error: Error) => void output.destroy(error);
  zip.on("error", fail);
  for (const { name, content } of files)
    zip.addReadStreamLazy(name, { compress: true, mtime: new Date(time) }, (give) => {
      give(null, Readable.from(later(content)).on("error", fail));
    });
  zip.end();
  return output;
}

async function* later(content: FileToPack["content"]): AsyncGenerator<Uint8Array> {
  yield* await content();
}
