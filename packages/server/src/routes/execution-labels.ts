import type { ExecutionRow } from "@capstan/store";
import { isTerminal } from "@capstan/model";
import { Refusal } from "../refusal.ts";

type Labels = ExecutionRow["labels"];

/**
 * The given labels in the place of those that the execution has, as an editor sends them back. Labels of the system stay as they
 * are, given or not, and are not among those answered. Throws 422 for one of the system that the execution does not have, 400 while
 * the execution runs.
 */
export function replacedLabels(row: ExecutionRow, given: Labels): Labels {
  const reserved = given.find(
    ({ key, value }) => isReserved({ key }) && !row.labels.some((one) => one.key === key && one.value === value),
  );
  if (reserved !== undefined)
    throw new Refusal("label-reserved", `The label ${reserved.key} is set by the system only`);
  if (!isTerminal(row.state))
    throw new Refusal(
      "labels-not-settable",
      `The execution ${row.id} is ${row.state}: wait for its end, or kill it first`,
    );
  const replaced = new Map(given.filter((label) => !isReserved(label)).map(({ key, value }) => [key, value]));
  return Array.from(replaced, ([key, value]) => ({ key, value }));
}

/** The labels of one of many executions: the given ones are added to those it has, or overwrite them. Throws as above. */
export function mergedLabels(row: ExecutionRow, given: Labels): Labels {
  return replacedLabels(row, [...row.labels, ...given]);
}

function isReserved({ key }: Pick<Labels[number], "key">): boolean {
  return key.startsWith("system.");
}
