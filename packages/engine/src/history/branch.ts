import type { TaskRunRow } from "../execution/execution.ts";
import type { PlanNode } from "../plan.ts";

/** What an If or a Switch decided. */
export interface Branch {
  /** As it is written in the flow. */
  readonly expression: string;
  readonly result: string;
  /** What was chosen, as a clause for people. */
  readonly text: string;
}

/** The branch that a task run chose, as its outputs tell; undefined for other tasks, and while it has chosen none. */
export function branchOf({ outputs }: Pick<TaskRunRow, "outputs">, node: PlanNode | undefined): Branch | undefined {
  const { condition, value } = node?.task.properties ?? {};
  const result = outputs?.["evaluationResult"];
  if (typeof result === "boolean" && typeof condition === "string")
    return {
      expression: condition,
      result: String(result),
      text: `its condition is ${result}: ${result ? "then" : "else"}`,
    };
  const chosen = outputs?.["value"];
  if (typeof chosen !== "string" || typeof outputs?.["defaults"] !== "boolean" || typeof value !== "string")
    return undefined;
  const where = outputs["defaults"] ? "its defaults" : "that case";
  return { expression: value, result: chosen, text: `its value chose ${where}` };
}
