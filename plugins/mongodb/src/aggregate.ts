import { anyValue, defineTask, dynamic, fetchType } from "@capstan/sdk";
import { z } from "zod";
import { documentsOf } from "./documents.ts";
import { deliverDocuments, documentOutputs } from "./find-documents.ts";
import { collectionProperties, EXAMPLE_PLACE, withCollection } from "./session.ts";

const TIME_MS = 60_000;
const BATCH_SIZE = 1000;

/** Runs a pipeline over a collection. */
export const aggregate = defineTask({
  type: "io.kestra.plugin.mongodb.Aggregate",
  title: "Aggregate documents of MongoDB",
  properties: () =>
    z.object({
      ...collectionProperties(),
      pipeline: anyValue().describe("The stages: a list of maps such as `{ $match: { state: NEW } }`, or its JSON."),
      allowDiskUse: dynamic(z.boolean())
        .default(true)
        .describe("Whether stages may write to the server's disk where memory is too small. Default: true."),
      maxTimeMs: dynamic(z.int().min(0))
        .default(TIME_MS)
        .describe(`How long the server may take, in milliseconds; 0 is any time. Default: ${TIME_MS}.`),
      batchSize: dynamic(z.int().min(1))
        .default(BATCH_SIZE)
        .describe(`How many documents come from the server at once. Default: ${BATCH_SIZE}.`),
      store: fetchType("FETCH"),
    }),
  outputs: () => z.object(documentOutputs()),
  examples: [
    {
      title: "What each customer ordered",
      code: `id: totals\ntype: io.kestra.plugin.mongodb.Aggregate\n${EXAMPLE_PLACE}pipeline:\n  - $match: { state: PAID }\n  - $group: { _id: $customer, total: { $sum: $total } }\n  - $sort: { total: -1 }\nstore: STORE\n`,
    },
  ],
  async run(context) {
    const { properties, files, log, metric } = context;
    const { allowDiskUse, maxTimeMs, batchSize, store } = properties;
    const stages = await documentsOf("pipeline", properties.pipeline);
    const found = await withCollection(properties, context, async (collection) => {
      await using cursor = collection.aggregate([...stages], { allowDiskUse, maxTimeMS: maxTimeMs, batchSize });
      return await deliverDocuments(cursor, store, files);
    });
    metric({ name: "records", type: "counter", value: found.size, tags: { store } });
    log.info(`Documents: ${found.size}`);
    return { ...found };
  },
});
