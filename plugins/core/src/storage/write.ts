import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { withDot } from "./extension.ts";

/** Stores a text as a file. */
export const write = defineTask({
  type: "io.kestra.plugin.core.storage.Write",
  title: "Write a text to a file",
  properties: () =>
    z.object({
      content: text().describe("Content of the file."),
      extension: text().optional().describe("Extension of the file's name, such as `.json`."),
    }),
  outputs: () => z.object({ uri: z.string().describe("The file.") }),
  examples: [
    {
      title: "Write JSON",
      code: 'id: write\ntype: io.kestra.plugin.core.storage.Write\nextension: .json\ncontent: "{{ outputs.query.rows | toJson }}"\n',
    },
  ],
  run: async ({ properties: { content, extension = "" }, files }) => ({
    uri: await files.put(`content${withDot(extension)}`, content),
  }),
});
