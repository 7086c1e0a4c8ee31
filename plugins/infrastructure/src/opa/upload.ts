import { defineTask, text } from "@capstan/sdk";
import { textBody } from "@capstan/sdk/http";
import { z } from "zod";
import { callOpa, connection, opaPath } from "./connection.ts";

const TYPE = "io.kestra.plugin.ee.opa.policy.Upload";

/** Gives OPA a policy. */
export const upload = defineTask({
  type: TYPE,
  title: "Upload a policy to Open Policy Agent",
  description: "A policy of the same id is replaced. One that has a mistake is refused, and the old one stays.",
  properties: () =>
    z.object({
      ...connection(),
      policyId: text().describe("Id of the policy, such as `ci-guardrails`."),
      policy: text().describe("Its source, in Rego."),
    }),
  outputs: () => z.object({ policyId: z.string().describe("Id of the policy.") }),
  examples: [
    {
      title: "A rule for deployments",
      code:
        `id: rules\ntype: ${TYPE}\nurl: http://opa:8181\npolicyId: ci-guardrails\npolicy: |\n  package ci.guardrails\n\n` +
        '  deny contains "too few replicas" if input.replicas < 2\n',
    },
  ],
  async run(context) {
    const { policyId, policy } = context.properties;
    await callOpa(context, {
      what: `Uploading the policy ${policyId}`,
      method: "PUT",
      path: `/v1/policies/${opaPath("policyId", policyId)}`,
      content: textBody(policy, "text/plain"),
      answer: z.looseObject({}),
    });
    context.log.info(`Uploaded the policy ${policyId}.`);
    return { policyId };
  },
});
