import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { codecOf, COMPRESSIONS, compression } from "./compression.ts";
import { storedName } from "./entry-name.ts";
import { readBytes, storeBytes, through } from "./stored-files.ts";
import { createByteLimit, maxUnpackedBytes } from "./unpacking-limits.ts";

/** Unpacks a file. */
export const fileDecompress = defineTask({
  type: "io.kestra.plugin.compress.FileDecompress",
  title: "Unpack a file",
  properties: () =>
    z.object({
      from: text().describe("The packed file: the URI of a stored one."),
      compression: compression().describe(`How it is packed: ${COMPRESSIONS}`),
      maxUnpackedBytes: maxUnpackedBytes(),
    }),
  outputs: () => z.object({ uri: z.string().describe("The file as it was before it was packed.") }),
  examples: [
    {
      title: "Unpack a download",
      code: 'id: unpack\ntype: io.kestra.plugin.compress.FileDecompress\nfrom: "{{ outputs.download.uri }}"\ncompression: GZIP\n',
    },
  ],
  async run(context) {
    const { from, compression, maxUnpackedBytes } = context.properties;
    const { extension, unpack } = codecOf(compression);
    const limit = createByteLimit(maxUnpackedBytes);
    const content = through(await readBytes(context, from), unpack(), `The file can't be unpacked with ${compression}`);
    const name = storedName(from);
    const isNamedSo = name.toLowerCase().endsWith(extension) && name.length > extension.length;
    const uri = await storeBytes(
      context,
      isNamedSo ? name.slice(0, -extension.length) : `${name}.out`,
      limit.counted(content),
    );
    context.log.info(`${limit.total()} bytes unpacked into ${uri}`);
    return { uri };
  },
});
