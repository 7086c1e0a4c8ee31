import { defineTask, type ExecutionFiles, listOrText, text } from "@capstan/sdk";
import { Readable } from "node:stream";
import { z } from "zod";
import { withDot } from "./extension.ts";

/** Joins files, one behind the other. */
export const concat = defineTask({
  type: "io.kestra.plugin.core.storage.Concat",
  aliases: ["io.kestra.core.tasks.storages.Concat"],
  title: "Concatenate files",
  properties: () =>
    z.object({
      files: listOrText().describe("URIs of the files in the order wanted: a list, or JSON text of one."),
      separator: text().optional().describe("Text put after each file, also after the last."),
      extension: text().default(".tmp").describe("Extension of the new file's name."),
    }),
  outputs: () => z.object({ uri: z.string().describe("The joined file.") }),
  examples: [
    {
      title: "Join the parts of a loop",
      code:
        "id: join\ntype: io.kestra.plugin.core.storage.Concat\nextension: .csv\nfiles:\n" +
        '  - "{{ outputs.first.uri }}"\n  - "{{ outputs.second.uri }}"\n',
    },
  ],
  run: async ({ properties, files }) => ({
    uri: await files.put(
      `concat${withDot(properties.extension)}`,
      Readable.from(joined(files, properties.files, properties.separator)),
    ),
  }),
});

async function* joined(files: ExecutionFiles, uris: readonly string[], separator = "") {
  for (const uri of uris) {
    yield* await files.read(uri);
    if (separator !== "") yield Buffer.from(separator);
  }
}
