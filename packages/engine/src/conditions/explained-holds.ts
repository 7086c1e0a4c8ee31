import type { Input, Trigger } from "@capstan/model";
import { hidingOfFlow } from "../history/read-values.ts";
import type { ConditionContext } from "./condition.ts";
import { describeUnmet, type UnmetCondition } from "./describe-unmet.ts";
import { triggerHolds } from "./trigger-holds.ts";

export type ExplainedResult =
  | { readonly holds: true }
  /** `unmet` is the first condition that does not hold. */
  | { readonly holds: false; readonly unmet: UnmetCondition }
  /** Why it can't be said; secrets are hidden. */
  | { readonly failure: string };

/** As `triggerHolds`, for people to read; `inputs` are those of the flow that the trigger starts. */
export function explainedHolds(
  trigger: Pick<Trigger, "conditions" | "when">,
  context: ConditionContext,
  inputs: readonly Input[],
): ExplainedResult {
  const result = triggerHolds(trigger, context);
  if ("holds" in result && result.holds) return { holds: true };
  const hiding = hidingOfFlow(inputs, context.environment.memo);
  if ("failure" in result) return { failure: hiding.masking.mask(result.failure) };
  return { holds: false, unmet: describeUnmet(trigger, context, hiding) };
}
