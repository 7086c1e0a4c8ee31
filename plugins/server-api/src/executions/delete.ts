import { defineTask, dynamic } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { connection, openApi } from "../connection.ts";
import { executionId } from "./execution-id.ts";

const TYPE = "io.kestra.plugin.kestra.executions.Delete";

const also = (noun: string) =>
  dynamic(z.boolean()).default(true).describe(`Whether its ${noun} are deleted, too. Default: true.`);

/** Deletes an execution. */
export const deleteExecution = defineTask({
  type: TYPE,
  title: "Delete an execution of a server",
  description: "An execution that runs can't be deleted: it is killed first. Nothing brings back what was deleted.",
  properties: () =>
    z.object({
      ...connection(),
      executionId: executionId(),
      deleteLogs: also("logs"),
      deleteMetrics: also("metrics"),
      deleteStorage: also("files"),
    }),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Delete an execution, and keep its files",
      code:
        `id: forget\ntype: ${TYPE}\nexecutionId: "{{ inputs.executionId }}"\ndeleteStorage: false\n` +
        "auth:\n  apiToken: \"{{ secret('API_TOKEN') }}\"\n",
    },
  ],
  async run(context) {
    const { executionId, deleteLogs, deleteMetrics, deleteStorage } = context.properties;
    const api = await openApi(context, context.identity.tenant);
    const flags = { deleteLogs, deleteMetrics, deleteStorage };
    await api.call({
      what: `Deleting the execution ${executionId}`,
      path: `/executions/${pathPart("executionId", executionId)}`,
      method: "DELETE",
      params: Object.fromEntries(Object.entries(flags).map(([name, value]) => [name, String(value)])),
      answer: z.unknown(),
    });
    context.log.info(`Deleted the execution ${executionId}.`);
  },
});
