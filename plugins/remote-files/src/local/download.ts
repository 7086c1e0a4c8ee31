import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { checksumProperties, storeChecked } from "../operations/download.ts";
import { localPlace } from "./local-files.ts";
import { localPath, PATH_FORMS } from "./local-path.ts";
import { ALLOWED } from "./local.ts";

const TYPE = "io.kestra.plugin.fs.local.Download";

/** A file of this machine becomes one of the execution. */
export const download = defineTask({
  type: TYPE,
  title: "Store a local file",
  description: `The task fails when the file changes while it is read. ${ALLOWED}`,
  properties: () => z.object({ from: text().describe(`The file: ${PATH_FORMS}.`), ...checksumProperties() }),
  outputs: () =>
    z.object({
      uri: z.string().describe("The file in the internal storage."),
      size: z.int().describe("Bytes."),
      checksum: z.string().optional().describe("Its checksum in hexadecimal, with `validateChecksum`."),
    }),
  examples: [{ title: "Read a file", code: `id: orders\ntype: ${TYPE}\nfrom: /data/in/orders.csv\n` }],
  async run(context) {
    const files = localPlace(context.localFiles, context.signal);
    const path = localPath("from", context.properties.from);
    const { uri, entry, checksum } = await storeChecked(context, files, path);
    context.log.info(`Stored ${entry.sizeBytes} bytes of ${path}`);
    return { uri, size: entry.sizeBytes, checksum };
  },
});
