import { ExpressionError, isTruthyText } from "@capstan/expression";
import type { Trigger } from "@capstan/model";
import type { ConditionContext } from "./condition.ts";
import { type ConditionResult, evaluateConditions } from "./evaluate-conditions.ts";
import { render } from "./read-property.ts";

/** Whether the conditions of a trigger hold and its `when`, the 2.0 spelling of them, or why that can't be said. */
export function triggerHolds(
  { conditions, when }: Pick<Trigger, "conditions" | "when">,
  context: ConditionContext,
): ConditionResult {
  const result = evaluateConditions(conditions, context);
  if ("failure" in result || !result.holds || when === undefined) return result;
  try {
    return { holds: isTruthyText(render(when, context)) };
  } catch (error) {
    if (error instanceof ExpressionError) return { failure: error.message };
    throw error;
  }
}
