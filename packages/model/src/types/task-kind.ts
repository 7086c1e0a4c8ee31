import type { TaskKind } from "../flow.ts";
import { EXECUTION_UPDATES } from "./executions.ts";
import { FLOWABLES, SUBFLOW } from "./flowables.ts";

const KINDS: ReadonlyMap<string, TaskKind> = new Map([
  ...FLOWABLES.map(({ type }) => [type, "flowable"] as const),
  ...EXECUTION_UPDATES.map(({ type }) => [type, "updating"] as const),
  [SUBFLOW.type, "executable"] as const,
]);

/** The kind of a canonical task type; every type that the language doesn't define runs on a worker. */
export function taskKindOf(type: string): TaskKind {
  return KINDS.get(type) ?? "runnable";
}
