import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { connection, openTable } from "./connection.ts";

const TYPE = "io.kestra.plugin.servicenow.Delete";

/** Deletes a record. */
export const deleteRecord = defineTask({
  type: TYPE,
  title: "Delete a record in ServiceNow",
  description:
    "A record that isn't there fails the task: ServiceNow answers the same for one that the account may not see.",
  properties: () => z.object({ ...connection(), sysId: text().describe("Id of the record, its `sys_id`.") }),
  outputs: () => z.object({ deleted: z.boolean().describe("Always true: a refusal fails the task.") }),
  examples: [
    {
      title: "Delete a configuration item",
      code:
        `id: retire\ntype: ${TYPE}\ndomain: acme\nusername: capstan\npassword: "{{ secret('SERVICENOW_PASSWORD') }}"\n` +
        'table: cmdb_ci_server\nsysId: "{{ inputs.sys_id }}"\n',
    },
  ],
  async run(context) {
    const { table, sysId } = context.properties;
    const call = await openTable(context);
    await call({ what: `Deleting the record ${sysId} of ${table}`, method: "DELETE", sysId, answer: z.undefined() });
    context.log.info(`Deleted the record ${sysId} of ${table}.`);
    return { deleted: true };
  },
});
