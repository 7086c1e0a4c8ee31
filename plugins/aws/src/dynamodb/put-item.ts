import { deep, defineTask } from "@capstan/sdk";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { itemOf, openDynamo, tableProperties } from "./access.ts";

/** Puts one item into a table. */
export const putItem = defineTask({
  type: "io.kestra.plugin.aws.dynamodb.PutItem",
  title: "Put an item into a table of DynamoDB",
  description: "An item with the same key is replaced as a whole.",
  properties: () =>
    z.object({
      ...tableProperties(),
      item: deep().describe("The item: a map of names and values, with its whole key, or the JSON of one."),
    }),
  examples: [
    {
      title: "Keep the state of an order",
      code: 'id: keep\ntype: io.kestra.plugin.aws.dynamodb.PutItem\ntableName: orders\nitem:\n  id: "{{ inputs.order }}"\n  state: PAID\n  lines: [1, 2]\n',
    },
  ],
  async run(context) {
    const { tableName, item } = context.properties;
    const input = { TableName: tableName, Item: itemOf(item, "item") };
    using dynamo = await openDynamo(context, tableName);
    await told(`Putting an item into ${tableName}`, dynamo.client.putItem(input, dynamo.ending));
    context.log.info(`An item was put into ${tableName}`);
  },
});
