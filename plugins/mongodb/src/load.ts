import { defineTask, dynamic, givenValues, TaskFailure, text } from "@capstan/sdk";
import type { AnyBulkWriteOperation } from "mongodb";
import { z } from "zod";
import { chunk, sendWrites, writeOutputs } from "./bulk-writes.ts";
import { toBson } from "./documents.ts";
import { collectionProperties, EXAMPLE_PLACE, withCollection } from "./session.ts";

/** Each row of a file is a document. */
export const load = defineTask({
  type: "io.kestra.plugin.mongodb.Load",
  title: "Load a file of rows into MongoDB",
  description:
    "Each row becomes a document. When one is refused the task fails; what was written before it stays. With `idKey` the task may run again, since each row has its document.",
  properties: () =>
    z.object({
      ...collectionProperties(),
      from: text().describe(
        "Address of a file with one document a line, as JSON or Ion; or a list of documents as JSON.",
      ),
      chunk: chunk(),
      idKey: text()
        .optional()
        .describe("The key of a row whose value is the `_id` of its document, which replaces one that has it already."),
      removeIdKey: dynamic(z.boolean())
        .default(true)
        .describe("Whether this key is left out of the document. Default: true."),
    }),
  outputs: () => z.object(writeOutputs()),
  examples: [
    {
      title: "Load the rows of a query",
      code: `id: load\ntype: io.kestra.plugin.mongodb.Load\n${EXAMPLE_PLACE}from: "{{ outputs.query.uri }}"\nidKey: order_id\n`,
    },
  ],
  async run(context) {
    const { properties, files, log, metric } = context;
    const { from, chunk: size, idKey, removeIdKey } = properties;
    async function* writes() {
      let number = 0;
      for await (const row of givenValues(from, files)) {
        number += 1;
        yield await writeOf(row, number, idKey, removeIdKey);
      }
    }
    const counts = await withCollection(properties, context, (collection) => sendWrites(collection, writes(), size));
    metric({ name: "records", type: "counter", value: counts.size });
    log.info(`Rows sent: ${counts.size}, new documents: ${counts.insertedCount}`);
    return { ...counts };
  },
});

async function writeOf(
  row: unknown,
  number: number,
  idKey: string | undefined,
  removeIdKey: boolean,
): Promise<AnyBulkWriteOperation> {
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw new TaskFailure(`Row ${number} is no map, and a document is one.`);
  const document = await toBson(`row ${number}`, row);
  if (idKey === undefined) return { insertOne: { document } };
  const { [idKey]: id, ...rest } = document;
  if (id === undefined || id === null)
    throw new TaskFailure(`Row ${number} has nothing at \`${idKey}\`, which \`idKey\` asks for.`);
  const replacement = removeIdKey ? rest : document;
  return { replaceOne: { filter: { _id: id as never }, replacement, upsert: true } };
}
