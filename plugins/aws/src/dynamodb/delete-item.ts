import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { told } from "../aws-failure.ts";
import { itemOf, openDynamo, tableProperties } from "./access.ts";
import { keyProperty } from "./get-item.ts";

/** Deletes one item of a table. */
export const deleteItem = defineTask({
  type: "io.kestra.plugin.aws.dynamodb.DeleteItem",
  title: "Delete an item of a table of DynamoDB",
  description: "An item that is not there is deleted already, and no failure.",
  properties: () => z.object({ ...tableProperties(), key: keyProperty() }),
  examples: [
    {
      title: "Forget a session",
      code: 'id: forget\ntype: io.kestra.plugin.aws.dynamodb.DeleteItem\ntableName: sessions\nkey:\n  id: "{{ inputs.session }}"\n',
    },
  ],
  async run(context) {
    const { tableName, key } = context.properties;
    const input = { TableName: tableName, Key: itemOf(key, "key") };
    using dynamo = await openDynamo(context, tableName);
    await told(`Deleting an item of ${tableName}`, dynamo.client.deleteItem(input, dynamo.ending));
    context.log.info(`An item of ${tableName} was deleted, if it was there`);
  },
});
