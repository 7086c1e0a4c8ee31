import { defineTask, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { rulesPath, scope } from "./access-rule.ts";
import { callCloudflare, connection } from "./connection.ts";

const TYPE = "io.kestra.plugin.cloudflare.waf.accessrules.Delete";

/** Deletes a rule. */
export const accessRuleDelete = defineTask({
  type: TYPE,
  title: "Delete an IP access rule at Cloudflare",
  properties: () => z.object({ ...connection(), ...scope(), ruleId: text().describe("Id of the rule.") }),
  outputs: () =>
    z.object({
      ruleId: z.string().describe("Id of the rule that is gone."),
      deleted: z.boolean().describe("Always true: a refusal fails the task."),
    }),
  examples: [
    {
      title: "Let the tester out again",
      code:
        `id: done\ntype: ${TYPE}\napiToken: "{{ secret('CLOUDFLARE_TOKEN') }}"\nzoneId: "{{ inputs.zone }}"\n` +
        'ruleId: "{{ outputs.allow.ruleId }}"\n',
    },
  ],
  async run(context) {
    const { ruleId } = context.properties;
    await callCloudflare(context, {
      what: `Deleting the rule ${ruleId}`,
      path: `${rulesPath(context.properties)}/${pathPart("ruleId", ruleId)}`,
      method: "DELETE",
      result: z.object({ id: z.string() }).nullish(),
    });
    context.log.info(`Deleted the rule ${ruleId}.`);
    return { ruleId, deleted: true };
  },
});
