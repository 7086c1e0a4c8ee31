import { defineTask, type TaskContext, text } from "@capstan/sdk";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { algorithm, kindOf, outerCompression } from "./archive-properties.ts";
import { codecOf, type Compression } from "./compression.ts";
import { entryName, storedName } from "./entry-name.ts";
import { type FilesContext, readBytes, storeBytes, through } from "./stored-files.ts";
import { readTar } from "@capstan/sdk/tar";
import { checkEntries, createByteLimit, maxEntries, maxUnpackedBytes } from "./unpacking-limits.ts";
import { readZip } from "./zip/read-zip.ts";

/** Takes the files out of an archive. */
export const archiveDecompress = defineTask({
  type: "io.kestra.plugin.compress.ArchiveDecompress",
  title: "Take files out of an archive",
  description:
    "Each file becomes a stored one. Folders are left out, and links with a warning. A name that leads out of the archive, by `..` or from the root, fails the task.",
  properties: () =>
    z.object({
      from: text().describe("The archive: the URI of a stored file."),
      algorithm: algorithm(),
      compression: outerCompression(),
      maxUnpackedBytes: maxUnpackedBytes(),
      maxEntries: maxEntries(),
    }),
  outputs: () =>
    z.object({ files: z.record(z.string(), z.string()).describe("The stored files, by their names in the archive.") }),
  examples: [
    {
      title: "Take a download apart",
      code: 'id: unzip\ntype: io.kestra.plugin.compress.ArchiveDecompress\nfrom: "{{ outputs.download.uri }}"\nalgorithm: ZIP\n',
    },
    {
      title: "Read a .tar.gz",
      code: 'id: untar\ntype: io.kestra.plugin.compress.ArchiveDecompress\nfrom: "{{ outputs.download.uri }}"\nalgorithm: TAR\ncompression: GZIP\n',
    },
  ],
  async run(context) {
    const { from, algorithm, compression, maxUnpackedBytes, maxEntries } = context.properties;
    const limit = createByteLimit(maxUnpackedBytes);
    const entries =
      kindOf(algorithm) === "TAR" ? tarEntries(context, from, compression) : zipEntries(context, from, compression);
    const files: Record<string, string> = {};
    let count = 0;
    for await (const { name: written, content } of entries) {
      const name = entryName(written);
      count += 1;
      checkEntries(count, maxEntries);
      if (Object.hasOwn(files, name)) context.log.warn(`The archive has two files named ${name}; the last one counts`);
      files[name] = await storeBytes(context, storedName(name), limit.counted(content()));
    }
    context.metric({ name: "size", type: "counter", value: limit.total() });
    context.log.info(`${count} ${count === 1 ? "file" : "files"} of ${limit.total()} bytes taken out of ${from}`);
    return { files };
  },
});

interface FileInArchive {
  readonly name: string;
  readonly content: () => AsyncIterable<Uint8Array>;
}

async function unpacked(context: FilesContext, from: string, compression: Compression | undefined) {
  const source = await readBytes(context, from);
  return compression === undefined
    ? source
    : through(source, codecOf(compression).unpack(), `The archive can't be unpacked with ${compression}`);
}

async function* tarEntries(
  context: FilesContext,
  from: string,
  compression: Compression | undefined,
): AsyncGenerator<FileInArchive> {
  for await (const { name, kind, content } of readTar(await unpacked(context, from, compression))) {
    if (kind === "file") yield { name, content: () => content };
    if (kind !== "file" && kind !== "folder") context.log.warn(`${name} is left out: it is a link or a device`);
  }
}

/** The index of a ZIP stands at its end, so that it is copied first. */
async function* zipEntries(
  context: FilesContext & Pick<TaskContext<unknown>, "workingDirectory">,
  from: string,
  compression: Compression | undefined,
): AsyncGenerator<FileInArchive> {
  const folder = await mkdtemp(join(await context.workingDirectory(), ".capstan-"));
  try {
    const path = join(folder, "copy");
    await pipeline(Readable.from(await unpacked(context, from, compression)), createWriteStream(path), {
      signal: context.signal,
    });
    for await (const { name, isFolder, content } of readZip(path)) if (!isFolder) yield { name, content };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
