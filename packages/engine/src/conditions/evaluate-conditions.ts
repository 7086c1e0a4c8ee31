import { ExpressionError } from "@capstan/expression";
import type { Condition } from "@capstan/model";
import { expression, multipleCondition, not, or } from "./combining-conditions.ts";
import { type ConditionContext, ConditionFailure, type Evaluate } from "./condition.ts";
import { conditionName } from "./condition-name.ts";
import { dateTimeBetween, dayWeek, dayWeekInMonth, timeBetween, weekend } from "./date-conditions.ts";
import { flowCondition, flowNamespaceCondition } from "./flow-conditions.ts";
import { publicHoliday } from "./public-holiday.ts";
import {
  executionFlow,
  executionLabels,
  executionNamespace,
  executionOutputs,
  executionStatus,
  hasRetryAttempt,
} from "./upstream-conditions.ts";

/** Whether all conditions hold, or why that can't be said. */
export type ConditionResult = { readonly holds: boolean } | { readonly failure: string };

const CONDITIONS: Readonly<Record<string, Evaluate>> = {
  DateTimeBetween: dateTimeBetween,
  TimeBetween: timeBetween,
  DayWeek: dayWeek,
  DayWeekInMonth: dayWeekInMonth,
  Weekend: weekend,
  PublicHoliday: publicHoliday,
  ExecutionFlow: executionFlow,
  ExecutionNamespace: executionNamespace,
  ExecutionLabels: executionLabels,
  ExecutionOutputs: executionOutputs,
  ExecutionStatus: executionStatus,
  HasRetryAttempt: hasRetryAttempt,
  Expression: expression,
  FlowCondition: flowCondition,
  FlowNamespaceCondition: flowNamespaceCondition,
  MultipleCondition: multipleCondition,
  Not: not,
  Or: or,
};

/** Short names of the conditions that this engine decides. */
export const CONDITION_NAMES: readonly string[] = Object.keys(CONDITIONS);

/**
 * Whether all conditions hold, looked at in order until one doesn't; none at all hold. What can't be evaluated is a failure
 * with its reason. Passes a `Suspension` through: await it and call again.
 */
export function evaluateConditions(conditions: readonly Condition[], context: ConditionContext): ConditionResult {
  try {
    return { holds: conditions.every((condition) => holds(condition, context)) };
  } catch (error) {
    if (error instanceof ConditionFailure) return { failure: error.message };
    throw error;
  }
}

function holds(condition: Condition, context: ConditionContext): boolean {
  const name = conditionName(condition.type);
  const evaluate = Object.hasOwn(CONDITIONS, name) ? CONDITIONS[name] : undefined;
  if (evaluate === undefined) throw new ConditionFailure(`"${condition.type}" is no known condition`);
  try {
    return evaluate(condition.properties, context, (nested) => holds(nested, context));
  } catch (error) {
    const isExplained = error instanceof ConditionFailure && error.message.startsWith("The condition ");
    if (isExplained || !(error instanceof ConditionFailure || error instanceof ExpressionError)) throw error;
    throw new ConditionFailure(`The condition ${name} can't be evaluated: ${error.message}`);
  }
}
