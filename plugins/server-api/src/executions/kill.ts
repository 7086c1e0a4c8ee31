import { defineTask, dynamic } from "@capstan/sdk";
import { z } from "zod";
import { actOn, connection, openApi } from "../connection.ts";
import { executionId } from "./execution-id.ts";

const TYPE = "io.kestra.plugin.kestra.executions.Kill";

/** Kills an execution. */
export const kill = defineTask({
  type: TYPE,
  title: "Kill an execution of a server",
  description:
    "The task ends once the server has taken the order; what runs in the execution may need a while to end. An execution that has ended " +
    "fails the task only with `propagateKill: false`.",
  properties: () =>
    z.object({
      ...connection(),
      executionId: executionId(),
      propagateKill: dynamic(z.boolean())
        .default(true)
        .describe("Whether executions that it started are killed, too. Default: true."),
    }),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Kill an execution that runs for too long",
      code: `id: kill\ntype: ${TYPE}\nexecutionId: "{{ inputs.executionId }}"\nauth:\n  apiToken: "{{ secret('API_TOKEN') }}"\n`,
    },
  ],
  async run(context) {
    const { executionId, propagateKill } = context.properties;
    const api = await openApi(context, context.identity.tenant);
    await actOn(api, {
      what: `Killing the execution ${executionId}`,
      executionId,
      verb: "kill",
      method: "DELETE",
      params: { isOnKillCascade: String(propagateKill) },
      answer: z.unknown(),
    });
    context.log.info(`Told the server to kill the execution ${executionId}.`);
  },
});
