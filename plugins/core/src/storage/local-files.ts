import { anyMap, defineTask, listOrText, storeOutputFiles, writeInputFiles } from "@capstan/sdk";
import { z } from "zod";

/** Puts files into the working directory of a WorkingDirectory, and stores files from there. */
export const localFiles = defineTask({
  type: "io.kestra.plugin.core.storage.LocalFiles",
  aliases: ["io.kestra.core.tasks.storages.LocalFiles"],
  title: "Read and write files of the working directory",
  deprecated: "Use `inputFiles` and `outputFiles` of the WorkingDirectory or of the script tasks.",
  properties: () =>
    z.object({
      inputs: anyMap().optional().describe("Path in the working directory to the content, or to the URI of a file."),
      outputs: listOrText().optional().describe("Globs of files in the working directory to store."),
    }),
  outputs: () => z.object({ uris: z.record(z.string(), z.string()).describe("Path to the URI of the stored file.") }),
  examples: [
    {
      title: "Hand a file to the next task",
      code: 'id: prepare\ntype: io.kestra.plugin.core.storage.LocalFiles\ninputs:\n  hello.txt: "Hello {{ inputs.name }}"\n',
    },
  ],
  async run({ properties, files, workingDirectory }) {
    const folder = await workingDirectory();
    await writeInputFiles(folder, properties.inputs, files);
    return { uris: await storeOutputFiles(folder, properties.outputs ?? [], files) };
  },
});
