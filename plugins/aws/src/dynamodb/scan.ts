import { anyMap, defineTask, rowOutputs } from "@capstan/sdk";
import { z } from "zod";
import { openDynamo, tableProperties } from "./access.ts";
import { deliverItems, selectionProperties } from "./item-pages.ts";

/** Reads a whole table. */
export const scan = defineTask({
  type: "io.kestra.plugin.aws.dynamodb.Scan",
  title: "Read a whole table of DynamoDB",
  description:
    "In no order. Numbers that JavaScript lacks are the text of their digits, bytes their base64, and sets lists.",
  properties: () =>
    z.object({
      ...tableProperties(),
      ...selectionProperties(),
      expressionAttributeValues: anyMap()
        .optional()
        .describe("The values of names such as `:low` in `filterExpression`."),
    }),
  outputs: () => z.object(rowOutputs()),
  examples: [
    {
      title: "All items into a file",
      code: "id: all\ntype: io.kestra.plugin.aws.dynamodb.Scan\ntableName: orders\n",
    },
  ],
  async run(context) {
    const { properties } = context;
    using dynamo = await openDynamo(context, properties.tableName);
    return await deliverItems(context, properties, (request) => dynamo.client.scan(request, dynamo.ending));
  },
});
