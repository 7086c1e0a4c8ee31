import { defineTask, dynamic, text } from "@capstan/sdk";
import { given } from "@capstan/sdk/http";
import { z } from "zod";
import { connection, openApi } from "../connection.ts";
import { filterParameters } from "../filters.ts";

const TYPE = "io.kestra.plugin.kestra.triggers.Toggle";

/** Enables or disables triggers. */
export const toggle = defineTask({
  type: TYPE,
  title: "Enable or disable triggers of a server",
  description: "Who changes nothing gets a warning: no trigger was found, or none that is not yet as it should be.",
  properties: () =>
    z.object({
      ...connection(),
      namespace: text().optional().describe("Namespace of the flow. Default: that of the flow that the task runs in."),
      flowId: text().optional().describe("Id of the flow. Default: all flows of the namespace."),
      trigger: text().optional().describe("Id of the trigger. Default: all triggers of these flows."),
      enabled: dynamic(z.boolean())
        .default(false)
        .describe("Whether the triggers are enabled (true) or disabled. Default: false."),
    }),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Stop a schedule during maintenance",
      code:
        `id: stop\ntype: ${TYPE}\nnamespace: company.team\nflowId: load\ntrigger: hourly\nenabled: false\n` +
        "auth:\n  apiToken: \"{{ secret('API_TOKEN') }}\"\n",
    },
  ],
  async run(context) {
    const { flowId, trigger, enabled } = context.properties;
    const namespace = given(context.properties.namespace) ?? context.identity.namespace;
    const api = await openApi(context, context.identity.tenant);
    const verb = enabled ? "Enabling" : "Disabling";
    const { value } = await api.call({
      what: `${verb} triggers`,
      path: "/triggers/set-disabled/by-query",
      method: "POST",
      params: {
        ...filterParameters([
          { field: "namespace", operator: "EQUALS", value: namespace },
          { field: "flowId", operator: "EQUALS", value: given(flowId) },
          { field: "triggerId", operator: "EQUALS", value: given(trigger) },
        ]),
        disabled: String(!enabled),
      },
      answer: z.looseObject({ count: z.number().optional(), totalItems: z.number().optional() }),
    });
    const changed = value.count ?? value.totalItems ?? 0;
    const what = `${verb} triggers of ${[namespace, given(flowId), given(trigger)].filter(Boolean).join(".")}`;
    if (changed === 0) context.log.warn(`${what} changed nothing: check \`namespace\`, \`flowId\` and \`trigger\`.`);
    else context.log.info(`${what}: ${changed}.`);
  },
});
