import { defineTask, readRecords, renderedLater, text } from "@capstan/sdk";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { z } from "zod";
import { extensionOf } from "./extension.ts";
import { itemVariables } from "./item-variables.ts";

/** Keeps the last record of each key, at its own place. Reads the file twice and holds one hash a key in memory. */
export const deduplicateItems = defineTask({
  type: "io.kestra.plugin.core.storage.DeduplicateItems",
  aliases: ["io.kestra.core.tasks.storages.DeduplicateItems"],
  title: "Remove duplicate records of a file",
  properties: () =>
    z.object({
      from: text().describe("File with one record (JSON or Ion) a line."),
      expr: renderedLater().describe("The key of a record, rendered with its fields as variables."),
    }),
  outputs: () =>
    z.object({
      uri: z.string().describe("File with one record a key: the last."),
      numKeys: z.int().describe("Number of keys."),
      processedItemsTotal: z.int().describe("Records read."),
      droppedItemsTotal: z.int().describe("Records dropped."),
    }),
  examples: [
    {
      title: "The last state of each order",
      code: 'id: last\ntype: io.kestra.plugin.core.storage.DeduplicateItems\nfrom: "{{ outputs.events.uri }}"\nexpr: "{{ orderId }}"\n',
    },
  ],
  async run({ properties: { from, expr }, files, render }) {
    const lastOf = new Map<string, number>();
    let processed = 0;
    for await (const record of readRecords(await files.read(from))) {
      const key = await render(expr, itemVariables(record));
      lastOf.set(createHash("sha256").update(key).digest("base64"), processed);
      processed += 1;
    }
    const isLast = new Set(lastOf.values());
    const source = await files.read(from);
    async function* kept() {
      let index = 0;
      for await (const { line } of readRecords(source)) {
        if (isLast.has(index)) yield `${line}\n`;
        index += 1;
      }
    }
    const uri = await files.put(`deduplicated${extensionOf(from) || ".ion"}`, Readable.from(kept()));
    return { uri, numKeys: lastOf.size, processedItemsTotal: processed, droppedItemsTotal: processed - lastOf.size };
  },
});
