import { anyMap, defineTask } from "@capstan/sdk";
import { z } from "zod";
import { connection, openTable } from "./connection.ts";
import { recordAnswer, recordOutputs } from "./record.ts";

const TYPE = "io.kestra.plugin.servicenow.Post";

/** Adds a record to a table. */
export const post = defineTask({
  type: TYPE,
  title: "Create a record in ServiceNow",
  properties: () => z.object({ ...connection(), data: anyMap().describe("Fields of the record, by their names.") }),
  outputs: recordOutputs,
  examples: [
    {
      title: "Open an incident",
      code:
        `id: incident\ntype: ${TYPE}\ndomain: acme\nusername: capstan\npassword: "{{ secret('SERVICENOW_PASSWORD') }}"\n` +
        'table: incident\ndata:\n  short_description: "{{ flow.id }} failed"\n  urgency: "2"\n  work_notes: "Execution {{ execution.id }}"\n',
    },
  ],
  async run(context) {
    const { table, data } = context.properties;
    const call = await openTable(context);
    const what = `Creating a record of ${table}`;
    const { value } = await call({ what, method: "POST", body: data, answer: recordAnswer() });
    context.log.info(`Created the record ${value.result.sys_id} of ${table}.`);
    return { result: value.result };
  },
});
