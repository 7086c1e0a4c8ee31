import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";

/** Switches a trigger on or off. */
export const toggle = defineTask({
  type: "io.kestra.plugin.core.trigger.Toggle",
  aliases: ["io.kestra.core.tasks.trigger.Toggle"],
  title: "Enable or disable a trigger",
  deprecated: "Kestra replaces it by io.kestra.plugin.kestra.triggers.Toggle.",
  properties: () =>
    z.object({
      namespace: text().optional().describe("Namespace of the trigger's flow. Default: that of this flow."),
      flowId: text().optional().describe("Flow of the trigger. Default: this flow."),
      trigger: text().describe("Id of the trigger."),
      enabled: dynamic(z.boolean()).default(false).describe("Whether the trigger shall be enabled."),
    }),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Switch the schedule of this flow off",
      code: "id: off\ntype: io.kestra.plugin.core.trigger.Toggle\ntrigger: schedule\nenabled: false\n",
    },
  ],
  async run({ properties: { namespace, flowId, trigger, enabled }, identity, services }) {
    const ownFlow = { namespace: namespace ?? identity.namespace, flowId: flowId ?? identity.flowId };
    await services.executions.setTriggerDisabled(ownFlow.namespace, ownFlow.flowId, trigger, !enabled);
  },
});
