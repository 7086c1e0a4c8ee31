import { anyValue, defineTask } from "@capstan/sdk";
import { z } from "zod";
import { documentOf, toJson } from "./documents.ts";
import { collectionProperties, EXAMPLE_PLACE, withCollection } from "./session.ts";

/** Whether a server has confirmed a write. */
export const wasAcknowledged = () =>
  z.boolean().describe("Whether the server has confirmed it, which `w=0` in the address asks it not to do.");

/** Writes one new document. */
export const insertOne = defineTask({
  type: "io.kestra.plugin.mongodb.InsertOne",
  title: "Insert one document into MongoDB",
  properties: () =>
    z.object({
      ...collectionProperties(),
      document: anyValue().describe("The document: a map, or its JSON. Without an `_id` it is given one."),
    }),
  outputs: () =>
    z.object({
      insertedId: z.string().describe("The `_id` of the document."),
      wasAcknowledged: wasAcknowledged(),
    }),
  examples: [
    {
      title: "Write an order",
      code: `id: insert\ntype: io.kestra.plugin.mongodb.InsertOne\n${EXAMPLE_PLACE}document:\n  _id: { $oid: 60930c39a982931c20ef6cd6 }\n  customer: "{{ inputs.customer }}"\n  created: { $date: "{{ execution.startDate }}" }\n`,
    },
    {
      title: "Write what an API answered",
      code: `id: insert\ntype: io.kestra.plugin.mongodb.InsertOne\n${EXAMPLE_PLACE}document: "{{ outputs.fetch.body }}"\n`,
    },
  ],
  async run(context) {
    const { properties, log } = context;
    const document = await documentOf("document", properties.document);
    const done = await withCollection(properties, context, (collection) => collection.insertOne(document));
    const insertedId = idText(done.insertedId);
    log.info(`Inserted the document ${insertedId}`);
    return { insertedId, wasAcknowledged: done.acknowledged };
  },
});

/** An id in outputs, which are texts. */
export function idText(id: unknown): string {
  const value = toJson(id);
  return typeof value === "string" ? value : JSON.stringify(value);
}
