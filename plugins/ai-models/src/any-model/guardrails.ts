import { isTruthy, type TaskContext } from "@capstan/sdk";
import { z } from "zod";

const rules = (variables: string) =>
  z
    .array(
      z.object({
        expression: z.string().describe(`Expression that must be true. It reads ${variables}.`),
        message: z.string().describe("What is told when it is not, as it is written."),
      }),
    )
    .optional();

/** Rules that a question and its answer must keep. */
export const guardrails = () =>
  z
    .object({
      input: rules("`message`, what the user says last").describe("Rules for what is asked."),
      output: rules("`response`, `finishReason`, `inputTokenCount` and `outputTokenCount`").describe(
        "Rules for what is answered.",
      ),
    })
    .optional()
    .meta({
      // The variables that their expressions read are not those of the execution.
      foreignContext: true,
      description:
        "Rules that are looked at before the model is asked, and before its answer is used. The first that is broken ends the task: without a failure, with `guardrailViolated`.",
    });

export type Guardrails = z.output<ReturnType<typeof guardrails>>;
type Rules = NonNullable<Guardrails>["input"];

/** The message of the first rule that is broken. */
export async function brokenRule(
  { render, log }: Pick<TaskContext<unknown>, "render" | "log">,
  written: Rules,
  variables: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  for (const { expression, message } of written ?? []) {
    if (isTruthy(await render(expression, { ...variables }))) continue;
    log.warn(`A guardrail was broken: ${message}`);
    return message;
  }
  return undefined;
}
