import { defineTrigger, duration } from "@capstan/sdk";
import { z } from "zod";
import { documentOutputs, findDocuments, findProperties } from "./find-documents.ts";
import { EXAMPLE_PLACE, withCollection } from "./session.ts";

/** Asks again and again, and starts the flow when documents are found. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.mongodb.Trigger",
  title: "Start the flow when a query of MongoDB finds documents",
  description:
    "The flow starts at each question that finds documents. So that the same ones don't start it again, let the flow mark them, or ask for those of a time.",
  properties: () =>
    z.object({
      interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
      ...findProperties(),
    }),
  outputs: () => z.object(documentOutputs()),
  examples: [
    {
      title: "Start when there are new orders",
      code: `id: new-orders\ntype: io.kestra.plugin.mongodb.Trigger\n${EXAMPLE_PLACE}interval: PT1M\nfilter: { state: NEW }\n`,
    },
  ],
  async poll(context) {
    const { properties, files, log } = context;
    const found = await withCollection(properties, context, (collection) =>
      findDocuments(collection, properties, files),
    );
    if (found.size === 0) return undefined;
    log.info(`Documents found: ${found.size}`);
    return { variables: { ...found } };
  },
});
