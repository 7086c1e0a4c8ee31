import { anyMap, defineTask } from "@capstan/sdk";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { itemOf, openDynamo, tableProperties } from "./access.ts";
import { rowOf } from "./attribute-value.ts";

export const keyProperty = () =>
  anyMap().describe("The whole key of the item: the partition key and, if the table has one, the sort key.");

/** Gets one item of a table. */
export const getItem = defineTask({
  type: "io.kestra.plugin.aws.dynamodb.GetItem",
  title: "Get an item of a table of DynamoDB",
  description: "An item that is not there is an empty output, and no failure.",
  properties: () => z.object({ ...tableProperties(), key: keyProperty() }),
  outputs: () =>
    z.object({
      row: z
        .record(z.string(), z.unknown())
        .optional()
        .describe("The item. Numbers that JavaScript lacks are the text of their digits, bytes their base64."),
    }),
  examples: [
    {
      title: "Get a customer",
      code: 'id: customer\ntype: io.kestra.plugin.aws.dynamodb.GetItem\ntableName: customers\nkey:\n  id: "{{ inputs.customer }}"\n',
    },
  ],
  async run(context) {
    const { tableName, key } = context.properties;
    const input = { TableName: tableName, Key: itemOf(key, "key") };
    using dynamo = await openDynamo(context, tableName);
    const { Item } = await told(`Getting an item of ${tableName}`, dynamo.client.getItem(input, dynamo.ending));
    context.log.info(Item === undefined ? `${tableName} has no such item` : `An item of ${tableName} was read`);
    return Item === undefined ? {} : { row: rowOf(Item) };
  },
});
