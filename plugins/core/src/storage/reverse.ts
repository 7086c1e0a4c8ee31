import { defineTask, TaskFailure, text } from "@capstan/sdk";
import { createWriteStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { extensionOf } from "./extension.ts";
import { scratchFolder } from "./scratch-folder.ts";

const BLOCK_BYTES = 65_536;

/** Turns the order of a file's lines round. */
export const reverse = defineTask({
  type: "io.kestra.plugin.core.storage.Reverse",
  aliases: ["io.kestra.core.tasks.storages.Reverse"],
  title: "Reverse the lines of a file",
  properties: () =>
    z.object({
      from: text().describe("The file."),
      separator: text().default("\n").describe("What ends a line."),
      charset: text().default("UTF-8").describe("Encoding of the file."),
    }),
  outputs: () => z.object({ uri: z.string().describe("The file with its last line first.") }),
  examples: [
    {
      title: "Newest first",
      code: 'id: turn\ntype: io.kestra.plugin.core.storage.Reverse\nfrom: "{{ outputs.log.uri }}"\n',
    },
  ],
  async run({ properties: { from, separator, charset }, files, workingDirectory }) {
    await using scratch = scratchFolder(workingDirectory);
    const copy = join(await scratch.path(), "copy");
    await pipeline(await files.read(from), createWriteStream(copy));
    const content = Readable.from(linesFromEnd(copy, separatorBytes(separator, charset)));
    return { uri: await files.put(`reversed${extensionOf(from)}`, content) };
  },
});

/** The lines are moved as bytes, so only the separator depends on the encoding. */
function separatorBytes(separator: string, charset: string): Buffer {
  const name = charset.toLowerCase();
  if (/^utf-?16-?be$/.test(name)) return Buffer.from(separator, "utf16le").swap16();
  if (/^utf-?16(?:-?le)?$/.test(name)) return Buffer.from(separator, "utf16le");
  if (/^(?:utf-?8|us-ascii|ascii)$/.test(name)) return Buffer.from(separator, "utf8");
  if (/^(?:iso-8859-\d+|windows-125\d|latin1)$/.test(name)) return Buffer.from(separator, "latin1");
  throw new TaskFailure(`The charset "${charset}" is not known. Use UTF-8, UTF-16, US-ASCII or ISO-8859-1.`);
}

/** Each line from the last to the first, with its separator; a last line without one gets it. */
async function* linesFromEnd(path: string, separator: Buffer): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    let rest: Buffer = Buffer.alloc(0);
    let isEnd = true;
    let position = (await file.stat()).size;
    while (position > 0) {
      const start = Math.max(0, position - BLOCK_BYTES);
      rest = Buffer.concat([await readBlock(file, start, position - start), rest]);
      position = start;
      for (let end = rest.lastIndexOf(separator); end !== -1; end = rest.lastIndexOf(separator)) {
        const line = rest.subarray(end + separator.length);
        if (!isEnd || line.length > 0) yield Buffer.concat([line, separator]);
        isEnd = false;
        rest = rest.subarray(0, end);
      }
    }
    if (!isEnd || rest.length > 0) yield Buffer.concat([rest, separator]);
  } finally {
    await file.close();
  }
}

async function readBlock(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer;
}
