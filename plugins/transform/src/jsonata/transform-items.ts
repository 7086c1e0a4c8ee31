import { defineTask, deliverRows, dynamic, readRecords, text } from "@capstan/sdk";
import { z } from "zod";
import { type EvaluateValue, readExpression } from "./evaluator.ts";
import { jsonataProperties, LANGUAGE } from "./jsonata-properties.ts";

/** Makes records of the records of a file. */
export const transformItems = defineTask({
  type: "io.kestra.plugin.transform.jsonata.TransformItems",
  title: "Query or transform the records of a file with JSONata",
  description: LANGUAGE,
  properties: () =>
    z.object({
      from: text().describe("The file: the URI of a stored one, with one JSON or Ion value a line."),
      ...jsonataProperties(),
      explodeArray: dynamic(z.boolean())
        .default(true)
        .describe("Whether a list that the expression makes becomes a record for each element."),
    }),
  outputs: () =>
    z.object({
      uri: z.string().describe("The file of what the expression makes, one a line."),
      processedItemsTotal: z.int().describe("How many records that file has."),
    }),
  examples: [
    {
      title: "Names of products",
      code: "id: names\ntype: io.kestra.plugin.transform.jsonata.TransformItems\nfrom: \"{{ outputs.download.uri }}\"\nexpression: products.(title & ' by ' & brand)\n",
    },
  ],
  async run(context) {
    const { from, expression, maxDepth, explodeArray } = context.properties;
    const evaluate = await readExpression(expression, { maxDepth }, context.signal);
    const rows = made(readRecords(await context.files.read(from)), evaluate, explodeArray);
    const { uri, size } = await deliverRows(rows, "STORE", context.files, "jsonata.ion");
    context.metric({ name: "records", type: "counter", value: size });
    context.log.info(`${size} records made`);
    return { uri, processedItemsTotal: size };
  },
});

async function* made(
  records: AsyncIterable<{ readonly value: unknown }>,
  evaluate: EvaluateValue,
  explodeArray: boolean,
): AsyncGenerator {
  for await (const { value } of records) {
    const result = await evaluate(value);
    if (explodeArray && Array.isArray(result)) yield* result as unknown[];
    else yield result;
  }
}
