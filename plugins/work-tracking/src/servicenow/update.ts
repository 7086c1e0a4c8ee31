import { anyMap, defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { connection, openTable } from "./connection.ts";
import { recordAnswer, recordOutputs } from "./record.ts";

const TYPE = "io.kestra.plugin.servicenow.Update";

/** Changes fields of a record. */
export const update = defineTask({
  type: TYPE,
  title: "Change a record in ServiceNow",
  properties: () =>
    z.object({
      ...connection(),
      sysId: text().describe("Id of the record, its `sys_id`."),
      data: anyMap().describe("Fields with their new values, by their names. Others stay as they are."),
    }),
  outputs: recordOutputs,
  examples: [
    {
      title: "Resolve the incident that a task before has opened",
      code:
        `id: resolve\ntype: ${TYPE}\ndomain: acme\nusername: capstan\npassword: "{{ secret('SERVICENOW_PASSWORD') }}"\n` +
        'table: incident\nsysId: "{{ outputs.incident.result.sys_id }}"\ndata:\n  state: "6"\n  close_code: Solved (Permanently)\n' +
        '  close_notes: "Done by {{ execution.id }}"\n',
    },
  ],
  async run(context) {
    const { table, sysId, data } = context.properties;
    const call = await openTable(context);
    const what = `Changing the record ${sysId} of ${table}`;
    const { value } = await call({ what, method: "PATCH", sysId, body: data, answer: recordAnswer() });
    context.log.info(`Changed ${Object.keys(data).join(", ")} of the record ${sysId} of ${table}.`);
    return { result: value.result };
  },
});
