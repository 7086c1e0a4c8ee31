import type { ExecutionRow } from "@capstan/store";
import { isTerminal } from "@capstan/model";
import { Refusal } from "../refusal.ts";

type Labels = ExecutionRow["labels"];

/**
 * The labels of an execution with the given ones added or overwritten, without those of the system, which nobody sets.
 * Throws 422 for a label of the system, 400 while the execution runs.
 */
export function mergedLabels(row: ExecutionRow, given: Labels): Labels {
  const reserved = given.find(({ key }) => key.startsWith("system."));
  if (reserved !== undefined)
    throw new Refusal("label-reserved", `The label ${reserved.key} is set by the system only`);
  if (!isTerminal(row.state))
    throw new Refusal(
      "labels-not-settable",
      `The execution ${row.id} is ${row.state}: wait for its end, or kill it first`,
    );
  const merged = new Map<string, string>();
  for (const { key, value } of [...row.labels, ...given]) if (!key.startsWith("system.")) merged.set(key, value);
  return [...merged].map(([key, value]) => ({ key, value }));
}
