import { defineTask, dynamic, isTruthy, readRecords, renderedLater, TaskFailure, text } from "@capstan/sdk";
import { Readable } from "node:stream";
import { z } from "zod";
import { extensionOf } from "./extension.ts";
import { itemVariables } from "./item-variables.ts";

/** Keeps or drops records by an expression. */
export const filterItems = defineTask({
  type: "io.kestra.plugin.core.storage.FilterItems",
  aliases: ["io.kestra.core.tasks.storages.FilterItems"],
  title: "Filter the records of a file",
  properties: () =>
    z.object({
      from: text().describe("File with one record (JSON or Ion) a line."),
      filterCondition: renderedLater().describe("Rendered for each record, whose fields are variables; true or false."),
      filterType: dynamic(z.enum(["INCLUDE", "EXCLUDE"]))
        .default("INCLUDE")
        .describe("Whether records for which the condition holds are kept or dropped."),
      errorOrNullBehavior: dynamic(z.enum(["FAIL", "INCLUDE", "EXCLUDE"]))
        .default("FAIL")
        .describe("What to do with a record for which the condition fails or renders to nothing."),
    }),
  outputs: () =>
    z.object({
      uri: z.string().describe("File with the records kept."),
      processedItemsTotal: z.int().describe("Records read."),
      droppedItemsTotal: z.int().describe("Records dropped."),
    }),
  examples: [
    {
      title: "Keep the paid orders",
      code:
        'id: paid\ntype: io.kestra.plugin.core.storage.FilterItems\nfrom: "{{ outputs.orders.uri }}"\n' +
        "filterCondition: \"{{ status == 'paid' }}\"\n",
    },
  ],
  async run({ properties, files, render, metric }) {
    const { from, filterCondition, filterType, errorOrNullBehavior } = properties;
    const source = await files.read(from);
    let processed = 0;
    let dropped = 0;
    const isKept = async (variables: () => Record<string, unknown>): Promise<boolean> => {
      try {
        const rendered = await render(filterCondition, variables());
        if (rendered.trim() !== "") return isTruthy(rendered) === (filterType === "INCLUDE");
        if (errorOrNullBehavior === "FAIL") throw new TaskFailure("The condition rendered to nothing");
      } catch (error) {
        if (errorOrNullBehavior !== "FAIL") return errorOrNullBehavior === "INCLUDE";
        const reason = error instanceof Error ? error.message : String(error);
        throw new TaskFailure(`Record ${processed}: ${reason}. Set \`errorOrNullBehavior\` to go on.`, {
          cause: error,
        });
      }
      return errorOrNullBehavior === "INCLUDE";
    };
    async function* kept() {
      for await (const record of readRecords(source)) {
        processed += 1;
        if (await isKept(() => itemVariables(record))) yield `${record.line}\n`;
        else dropped += 1;
      }
    }
    const uri = await files.put(`filtered${extensionOf(from) || ".ion"}`, Readable.from(kept()));
    metric({ name: "records", type: "counter", value: processed });
    return { uri, processedItemsTotal: processed, droppedItemsTotal: dropped };
  },
});
