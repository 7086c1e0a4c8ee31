import { anyMap, defineTask, listOrText } from "@capstan/sdk";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { filesMatching, insideDirectory, isFileUri } from "./working-files.ts";

/** Puts files into the working directory of a WorkingDirectory, and stores files from there. */
export const localFiles = defineTask({
  type: "io.kestra.plugin.core.storage.LocalFiles",
  aliases: ["io.kestra.core.tasks.storages.LocalFiles"],
  title: "Read and write files of the working directory",
  deprecated: "Use `inputFiles` and `outputFiles` of the WorkingDirectory or of the script tasks.",
  properties: z.object({
    inputs: anyMap().optional().describe("Path in the working directory to the content, or to the URI of a file."),
    outputs: listOrText().optional().describe("Globs of files in the working directory to store."),
  }),
  outputs: z.object({ uris: z.record(z.string(), z.string()).describe("Path to the URI of the stored file.") }),
  examples: [
    {
      title: "Hand a file to the next task",
      code: 'id: prepare\ntype: io.kestra.plugin.core.storage.LocalFiles\ninputs:\n  hello.txt: "Hello {{ inputs.name }}"\n',
    },
  ],
  async run({ properties, files, workingDirectory }) {
    const directory = await workingDirectory();
    for (const [path, content] of Object.entries(properties.inputs ?? {})) {
      const place = insideDirectory(directory, path);
      await mkdir(dirname(place), { recursive: true });
      if (typeof content === "string" && isFileUri(content))
        await pipeline(await files.read(content.trim()), createWriteStream(place));
      else await writeFile(place, contentText(content));
    }
    const uris: [string, string][] = [];
    for (const { path, absolutePath } of await filesMatching(directory, properties.outputs ?? []))
      uris.push([path, await files.put(basename(path), createReadStream(absolutePath))]);
    return { uris: Object.fromEntries(uris) };
  },
});

function contentText(content: unknown): string {
  if (content === null || content === undefined) return "";
  return typeof content === "string" ? content : JSON.stringify(content);
}
