import { anyValue, defineTask, dynamic } from "@capstan/sdk";
import { z } from "zod";
import { documentOf } from "./documents.ts";
import { wasAcknowledged } from "./insert-one.ts";
import { collectionProperties, EXAMPLE_PLACE, withCollection } from "./session.ts";

/** Removes documents. */
export const deleteDocuments = defineTask({
  type: "io.kestra.plugin.mongodb.Delete",
  title: "Delete documents of MongoDB",
  properties: () =>
    z.object({
      ...collectionProperties(),
      filter: anyValue()
        .optional()
        .describe(
          "Which documents are meant: a map, or its JSON. Without one all are, so that DELETE_MANY empties the collection.",
        ),
      operation: dynamic(z.enum(["DELETE_ONE", "DELETE_MANY"]))
        .default("DELETE_ONE")
        .describe("DELETE_ONE removes the first document, DELETE_MANY each one. Default: DELETE_ONE."),
    }),
  outputs: () =>
    z.object({
      wasAcknowledged: wasAcknowledged(),
      deletedCount: z.int().describe("How many documents were removed."),
    }),
  examples: [
    {
      title: "Remove what is old",
      code: `id: clean\ntype: io.kestra.plugin.mongodb.Delete\n${EXAMPLE_PLACE}operation: DELETE_MANY\nfilter: { created: { $lt: { $date: "2024-01-01T00:00:00Z" } } }\n`,
    },
  ],
  async run(context) {
    const { properties, log } = context;
    const { filter: written, operation } = properties;
    const filter = written === undefined || written === null ? {} : await documentOf("filter", written);
    const done = await withCollection(properties, context, (collection) =>
      operation === "DELETE_ONE" ? collection.deleteOne(filter) : collection.deleteMany(filter),
    );
    log.info(`Documents removed: ${done.deletedCount}`);
    return { wasAcknowledged: done.acknowledged, deletedCount: done.deletedCount };
  },
});
