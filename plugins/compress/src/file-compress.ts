import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { codecOf, COMPRESSIONS, compression } from "./compression.ts";
import { storedName } from "./entry-name.ts";
import { readBytes, storeBytes, through } from "./stored-files.ts";

/** Packs a file. */
export const fileCompress = defineTask({
  type: "io.kestra.plugin.compress.FileCompress",
  title: "Pack a file",
  properties: () =>
    z.object({
      from: text().describe("The file: the URI of a stored one."),
      compression: compression().describe(`How it is packed: ${COMPRESSIONS}`),
    }),
  outputs: () => z.object({ uri: z.string().describe("The packed file, with an extension such as `.gz`.") }),
  examples: [
    {
      title: "Pack an export",
      code: 'id: pack\ntype: io.kestra.plugin.compress.FileCompress\nfrom: "{{ outputs.export.uri }}"\ncompression: ZSTD\n',
    },
  ],
  async run(context) {
    const { from, compression } = context.properties;
    const { extension, pack } = codecOf(compression);
    const packed = through(await readBytes(context, from), pack(), "The file can't be packed");
    const uri = await storeBytes(context, storedName(from) + extension, packed);
    context.log.info(`packed into ${uri}`);
    return { uri };
  },
});
