import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { documentOutputs, findDocuments, findProperties } from "./find-documents.ts";
import { EXAMPLE_PLACE, withCollection } from "./session.ts";

/** Reads documents of a collection. */
export const find = defineTask({
  type: "io.kestra.plugin.mongodb.Find",
  title: "Find documents of MongoDB",
  properties: () => z.object(findProperties()),
  outputs: () => z.object(documentOutputs()),
  examples: [
    {
      title: "The newest orders",
      code: `id: newest\ntype: io.kestra.plugin.mongodb.Find\n${EXAMPLE_PLACE}filter: { state: NEW }\nprojection: { customer: 1, total: 1 }\nsort: { created: -1 }\nlimit: 20\n`,
    },
    {
      title: "All orders since a day, into a file",
      code: `id: export\ntype: io.kestra.plugin.mongodb.Find\n${EXAMPLE_PLACE}filter: { created: { $gte: { $date: "{{ inputs.since }}" } } }\nstore: true\n`,
    },
  ],
  async run(context) {
    const { properties, files, log, metric } = context;
    const found = await withCollection(properties, context, (collection) =>
      findDocuments(collection, properties, files),
    );
    metric({ name: "records", type: "counter", value: found.size, tags: { store: String(properties.store) } });
    log.info(`Documents found: ${found.size}`);
    return { ...found };
  },
});
