import { anyMap, defineTask, rowOutputs, text } from "@capstan/sdk";
import { z } from "zod";
import { openDynamo, tableProperties } from "./access.ts";
import { deliverItems, selectionProperties } from "./item-pages.ts";

/** Reads the items of a partition. */
export const query = defineTask({
  type: "io.kestra.plugin.aws.dynamodb.Query",
  title: "Query a table of DynamoDB",
  description:
    "Reads the items of one partition, in the order of their sort key. Numbers that JavaScript lacks are the text of their digits, bytes their base64, and sets lists.",
  properties: () =>
    z.object({
      ...tableProperties(),
      keyConditionExpression: text().describe("Which partition, and what part of it, such as `customer = :customer`."),
      expressionAttributeValues: anyMap().describe("The values of names such as `:customer` in both expressions."),
      ...selectionProperties(),
    }),
  outputs: () => z.object(rowOutputs()),
  examples: [
    {
      title: "The paid orders of a customer",
      code:
        "id: orders\ntype: io.kestra.plugin.aws.dynamodb.Query\ntableName: orders\nkeyConditionExpression: customer = :customer\n" +
        'filterExpression: paid = :paid\nexpressionAttributeValues:\n  ":customer": "{{ inputs.customer }}"\n  ":paid": true\nfetchType: FETCH\n',
    },
  ],
  async run(context) {
    const { properties } = context;
    using dynamo = await openDynamo(context, properties.tableName);
    return await deliverItems(context, properties, (request) =>
      dynamo.client.query({ ...request, KeyConditionExpression: properties.keyConditionExpression }, dynamo.ending),
    );
  },
});
