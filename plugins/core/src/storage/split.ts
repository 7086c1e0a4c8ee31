import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { createReadStream } from "node:fs";
import { z } from "zod";
import { byteSize } from "./byte-size.ts";
import { extensionOf } from "./extension.ts";
import { scratchFolder } from "./scratch-folder.ts";
import { splitFile } from "./split-file.ts";

/** Cuts a file of lines into several. */
export const split = defineTask({
  type: "io.kestra.plugin.core.storage.Split",
  aliases: ["io.kestra.core.tasks.storages.Split"],
  title: "Split a file",
  description: "Of several rules the first one given counts: `regexPattern`, `bytes`, `partitions`, `rows`.",
  properties: () =>
    z.object({
      from: text().describe("The file."),
      regexPattern: text()
        .optional()
        .describe("Lines go to the part of what capture group 1 matches, in Java's notation; others are dropped."),
      bytes: byteSize()
        .optional()
        .describe("Size with which a part ends, such as `10MB`; its last line may go beyond it."),
      partitions: dynamic(z.int().min(1)).optional().describe("Number of parts; lines are dealt out in turn."),
      rows: dynamic(z.int().min(1)).optional().describe("Number of lines in a part."),
      separator: text().default("\n").describe("What ends a line."),
    }),
  outputs: () => z.object({ uris: z.array(z.string()).describe("The parts.") }),
  examples: [
    {
      title: "Parts of a thousand lines",
      code: 'id: split\ntype: io.kestra.plugin.core.storage.Split\nfrom: "{{ outputs.extract.uri }}"\nrows: 1000\n',
    },
  ],
  async run({ properties: { from, ...rule }, files, workingDirectory }) {
    await using scratch = scratchFolder(workingDirectory);
    const parts = await splitFile(await files.read(from), rule, await scratch.path()).catch((error: unknown) => {
      if (error instanceof RangeError) throw new TaskFailure(error.message, { cause: error });
      throw error;
    });
    const uris: string[] = [];
    for (const [index, part] of parts.entries())
      uris.push(await files.put(`split-${index}${extensionOf(from)}`, createReadStream(part)));
    return { uris };
  },
});
