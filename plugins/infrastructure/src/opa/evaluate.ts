import { anyValue, defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { callOpa, connection, opaPath } from "./connection.ts";

const TYPE = "io.kestra.plugin.ee.opa.policy.Evaluate";

const answer = () =>
  z.object({
    result: z.unknown().optional(),
    decision_id: z.string().optional(),
    metrics: z.record(z.string(), z.unknown()).optional(),
    explanation: z.unknown().optional(),
  });

/** Asks for a decision. */
export const evaluate = defineTask({
  type: TYPE,
  title: "Ask Open Policy Agent for a decision",
  description: "A decision that no rule makes is no failure: `defined` is false then.",
  properties: () =>
    z.object({
      ...connection(),
      policyPath: text().describe(
        "Path of the package or rule below `data`, such as `ci/guardrails` or `ci/guardrails/allow`.",
      ),
      input: anyValue().optional().describe("What is decided about: the document `input` of the policy."),
      metrics: dynamic(z.boolean()).default(false).describe("Whether OPA tells how long it took. Default: false."),
      explain: dynamic(z.enum(["notes", "fails", "full", "debug"]))
        .optional()
        .describe("Whether OPA explains the decision, and how much: notes, fails, full or debug."),
    }),
  outputs: () =>
    z.object({
      defined: z.boolean().describe("Whether there is a decision."),
      result: z
        .unknown()
        .optional()
        .describe("The decision: any value, or a map of those of all rules of the package."),
      decisionId: z.string().optional().describe("Its id in OPA's decision log, where OPA keeps one."),
      metrics: z.record(z.string(), z.unknown()).optional().describe("How long it took, in nanoseconds."),
      explanation: z.unknown().optional().describe("Why it was decided so."),
    }),
  examples: [
    {
      title: "Stop a deployment that breaks the rules",
      code:
        `id: check\ntype: ${TYPE}\nurl: http://opa:8181\npolicyPath: ci/guardrails/deny\n` +
        'input:\n  kind: Deployment\n  replicas: "{{ inputs.replicas }}"\n',
    },
  ],
  async run(context) {
    const { policyPath, input, metrics, explain } = context.properties;
    const told = await callOpa(context, {
      what: `The decision ${policyPath}`,
      path: `/v1/data/${opaPath("policyPath", policyPath)}`,
      params: { ...(metrics && { metrics: "true" }), ...(explain !== undefined && { explain }) },
      body: input === undefined ? {} : { input },
      answer: answer(),
    });
    const defined = told.result !== undefined;
    context.log.info(defined ? `OPA decided ${policyPath}.` : `No rule decides ${policyPath}.`);
    return {
      defined,
      result: told.result,
      decisionId: told.decision_id,
      metrics: told.metrics,
      explanation: told.explanation,
    };
  },
});
