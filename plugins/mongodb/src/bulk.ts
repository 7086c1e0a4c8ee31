import { defineTask, givenValues, TaskFailure, text } from "@capstan/sdk";
import type { AnyBulkWriteOperation, Document } from "mongodb";
import { z } from "zod";
import { chunk, sendWrites, writeOutputs } from "./bulk-writes.ts";
import { toBson } from "./documents.ts";
import { collectionProperties, EXAMPLE_PLACE, withCollection } from "./session.ts";

/** A file of writes of all kinds. */
export const bulk = defineTask({
  type: "io.kestra.plugin.mongodb.Bulk",
  title: "Send a file of writes to MongoDB",
  description: "The writes are done in their order. When one is refused the task fails; those before it stay.",
  properties: () =>
    z.object({
      ...collectionProperties(),
      from: text().describe(
        'Address of a file with one write a line: `{"insertOne": document}`, `{"deleteOne": filter}`, `{"deleteMany": filter}`, `{"updateOne": {"filter": …, "update": …}}`, `updateMany` as well, or `{"replaceOne": {"filter": …, "replacement": …}}`.',
      ),
      chunk: chunk(),
    }),
  outputs: () => z.object(writeOutputs()),
  examples: [
    {
      title: "Send what another task wrote",
      code: `id: bulk\ntype: io.kestra.plugin.mongodb.Bulk\n${EXAMPLE_PLACE}from: "{{ outputs.changes.uri }}"\n`,
    },
  ],
  async run(context) {
    const { properties, files, log, metric } = context;
    async function* writes() {
      let number = 0;
      for await (const line of givenValues(properties.from, files)) {
        number += 1;
        yield await writeOf(line, number);
      }
    }
    const { chunk: size } = properties;
    const counts = await withCollection(properties, context, (collection) => sendWrites(collection, writes(), size));
    metric({ name: "records", type: "counter", value: counts.size });
    log.info(`Writes sent: ${counts.size}`);
    return { ...counts };
  },
});

async function writeOf(line: unknown, number: number): Promise<AnyBulkWriteOperation> {
  const [[name, written] = [], ...more] = isMap(line) ? Object.entries(line) : [];
  if (name === undefined || more.length > 0 || !isMap(written))
    throw new TaskFailure(`Line ${number} is no write, which is a map of one key, such as {"insertOne": {"id": 1}}.`);
  const value = await toBson(`line ${number}`, written);
  const { upsert } = value;
  const options = { ...(typeof upsert === "boolean" && { upsert }) };
  switch (name) {
    case "insertOne":
      return { insertOne: { document: value } };
    case "deleteOne":
      return { deleteOne: { filter: filterOf(value) } };
    case "deleteMany":
      return { deleteMany: { filter: filterOf(value) } };
    case "updateOne":
      return {
        updateOne: { filter: part(value, "filter", number), update: part(value, "update", number), ...options },
      };
    case "updateMany":
      return {
        updateMany: { filter: part(value, "filter", number), update: part(value, "update", number), ...options },
      };
    case "replaceOne": {
      const replacement = part(value, "replacement", number);
      return { replaceOne: { filter: part(value, "filter", number), replacement, ...options } };
    }
    default:
      throw new TaskFailure(
        `Line ${number} has the write ${name}, which there isn't: it is insertOne, deleteOne, deleteMany, updateOne, updateMany or replaceOne.`,
      );
  }
}

/** As the driver writes it, `{"filter": …}`, or the filter itself. */
function filterOf(value: Document): Document {
  const { filter } = value;
  return isMap(filter) && Object.keys(value).length === 1 ? filter : value;
}

function part(value: Document, name: string, number: number): Document {
  const found: unknown = value[name];
  if (!isMap(found)) throw new TaskFailure(`The write of line ${number} has no map at \`${name}\`.`);
  return found;
}

function isMap(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
