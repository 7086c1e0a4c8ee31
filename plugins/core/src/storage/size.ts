import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";

/** Tells the size of a file. */
export const size = defineTask({
  type: "io.kestra.plugin.core.storage.Size",
  aliases: ["io.kestra.core.tasks.storages.Size"],
  title: "Get the size of a file",
  properties: () => z.object({ uri: text().describe("The file.") }),
  outputs: () => z.object({ size: z.int().describe("Bytes.") }),
  examples: [
    {
      title: "Size of a download",
      code: 'id: size\ntype: io.kestra.plugin.core.storage.Size\nuri: "{{ outputs.get.uri }}"\n',
    },
  ],
  run: async ({ properties: { uri }, files }) => ({ size: await files.sizeBytes(uri) }),
});
