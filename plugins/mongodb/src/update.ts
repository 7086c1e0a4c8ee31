import { anyValue, defineTask, dynamic, TaskFailure } from "@capstan/sdk";
import type { Collection, Document } from "mongodb";
import { z } from "zod";
import { documentOf } from "./documents.ts";
import { idText, wasAcknowledged } from "./insert-one.ts";
import { collectionProperties, EXAMPLE_PLACE, withCollection } from "./session.ts";

const OPERATIONS = ["REPLACE_ONE", "UPDATE_ONE", "UPDATE_MANY"] as const;

/** Changes or replaces documents. */
export const update = defineTask({
  type: "io.kestra.plugin.mongodb.Update",
  title: "Update documents of MongoDB",
  properties: () =>
    z.object({
      ...collectionProperties(),
      document: anyValue().describe(
        "What is done, such as `{ $set: { state: PAID } }`, or the whole document for REPLACE_ONE: a map, or its JSON.",
      ),
      filter: anyValue().describe("Which documents are meant: a map, or its JSON."),
      operation: dynamic(z.enum(OPERATIONS))
        .default("UPDATE_ONE")
        .describe(
          "UPDATE_ONE changes the first document, UPDATE_MANY each one, REPLACE_ONE puts another in the place of the first. Default: UPDATE_ONE.",
        ),
    }),
  outputs: () =>
    z.object({
      upsertedId: z.string().optional().describe("The `_id` of a document that was written because none was found."),
      wasAcknowledged: wasAcknowledged(),
      matchedCount: z.int().describe("How many documents were found."),
      modifiedCount: z.int().describe("How many of them were changed."),
    }),
  examples: [
    {
      title: "Mark orders",
      code: `id: mark\ntype: io.kestra.plugin.mongodb.Update\n${EXAMPLE_PLACE}operation: UPDATE_MANY\nfilter: { state: NEW }\ndocument:\n  $set: { state: SEEN }\n`,
    },
  ],
  async run(context) {
    const { properties, log } = context;
    const { operation } = properties;
    const filter = await documentOf("filter", properties.filter);
    const document = await documentOf("document", properties.document);
    refuseWrongKind(document, operation);
    const done = await withCollection(properties, context, (collection) =>
      change(collection, operation, filter, document),
    );
    const { upsertedId, acknowledged, matchedCount, modifiedCount } = done as Changed;
    log.info(`Documents found: ${matchedCount}, changed: ${modifiedCount}`);
    const upserted = upsertedId === null ? {} : { upsertedId: idText(upsertedId) };
    return { ...upserted, wasAcknowledged: acknowledged, matchedCount, modifiedCount };
  },
});

interface Changed {
  readonly acknowledged: boolean;
  readonly upsertedId: unknown;
  readonly matchedCount: number;
  readonly modifiedCount: number;
}

function change(collection: Collection, operation: (typeof OPERATIONS)[number], filter: Document, document: Document) {
  switch (operation) {
    case "REPLACE_ONE":
      return collection.replaceOne(filter, document);
    case "UPDATE_ONE":
      return collection.updateOne(filter, document);
    case "UPDATE_MANY":
      return collection.updateMany(filter, document);
    default:
      return operation satisfies never;
  }
}

function refuseWrongKind(document: Document, operation: string): void {
  const hasOperators = Object.keys(document).some((key) => key.startsWith("$"));
  if (operation === "REPLACE_ONE" && hasOperators)
    throw new TaskFailure("REPLACE_ONE takes a whole document, and `document` has operators. Use UPDATE_ONE for them.");
  if (operation !== "REPLACE_ONE" && !hasOperators)
    throw new TaskFailure(
      `${operation} takes operators, such as \`document: { $set: { state: PAID } }\`. Use REPLACE_ONE for a whole document.`,
    );
}
