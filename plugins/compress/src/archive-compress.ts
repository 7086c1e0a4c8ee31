import { anyMap, defineTask, TaskFailure } from "@capstan/sdk";
import { Readable } from "node:stream";
import { z } from "zod";
import { algorithm, kindOf, outerCompression } from "./archive-properties.ts";
import { codecOf } from "./compression.ts";
import { entryName } from "./entry-name.ts";
import { type FilesContext, readBytes, storeBytes, through } from "./stored-files.ts";
import { type FileToPack, tarOf } from "@capstan/sdk/tar";
import { zipOf } from "./zip/write-zip.ts";

/** Puts files into an archive. */
export const archiveCompress = defineTask({
  type: "io.kestra.plugin.compress.ArchiveCompress",
  title: "Put files into an archive",
  properties: () =>
    z.object({
      from: anyMap().describe("Name in the archive, which may have folders, to the URI of a stored file."),
      algorithm: algorithm(),
      compression: outerCompression(),
    }),
  outputs: () => z.object({ uri: z.string().describe("The archive.") }),
  examples: [
    {
      title: "Pack two files as .tar.zst",
      code:
        "id: pack\ntype: io.kestra.plugin.compress.ArchiveCompress\nalgorithm: TAR\ncompression: ZSTD\nfrom:\n" +
        '  data/orders.csv: "{{ outputs.orders.uri }}"\n  notes.txt: "{{ outputs.notes.uri }}"\n',
    },
  ],
  async run(context) {
    const { from, algorithm, compression } = context.properties;
    const kind = kindOf(algorithm);
    const codec = compression === undefined ? undefined : codecOf(compression);
    const files = await filesOf(context, from);
    const archive = kind === "TAR" ? Readable.from(tarOf(files, context.now())) : await zipOf(files, context.now());
    const packed = codec === undefined ? archive : through(archive, codec.pack(), "The archive can't be packed");
    const uri = await storeBytes(context, `archive.${algorithm.toLowerCase()}${codec?.extension ?? ""}`, packed);
    const size = files.reduce((total, file) => total + file.size, 0);
    context.metric({ name: "size", type: "counter", value: size });
    context.log.info(`${files.length} ${files.length === 1 ? "file" : "files"} of ${size} bytes packed into ${uri}`);
    return { uri };
  },
});

async function filesOf(context: FilesContext, from: Readonly<Record<string, unknown>>): Promise<readonly FileToPack[]> {
  const files: FileToPack[] = [];
  for (const [written, uri] of Object.entries(from)) {
    const name = entryName(written);
    if (typeof uri !== "string" || uri === "") throw new TaskFailure(`\`from\` has no URI for the file ${name}.`);
    if (files.some((file) => file.name === name)) throw new TaskFailure(`\`from\` has two files named ${name}.`);
    files.push({ name, size: await context.files.sizeBytes(uri), content: () => readBytes(context, uri) });
  }
  if (files.length === 0) throw new TaskFailure("`from` names no files, and an archive needs one.");
  return files;
}
