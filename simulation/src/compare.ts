import type { ExecutionRow } from "@capstan/engine";
import type { WorldResult } from "./run-world.ts";
import type { Violation } from "./world.ts";

/** Every request that came through in both worlds ended the same, with the same task runs and children. */
export function compareWithCrashFree(bumpy: WorldResult, smooth: WorldResult): readonly Violation[] {
  const before = endsOf(smooth);
  const violations: Violation[] = [];
  for (const [name, end] of endsOf(bumpy)) {
    const expected = before.get(name);
    if (expected === undefined || expected === end) continue;
    const message = `${name} ended as\n      ${end}\n    and without anything going wrong as\n      ${expected}`;
    violations.push({ invariant: "an execution ends as it does when nothing goes wrong", message });
  }
  return violations;
}

/** For each request, what became of its execution. */
function endsOf({ durable }: WorldResult): Map<string, string> {
  const children = new Map<string, ExecutionRow[]>();
  for (const row of durable.executions.values()) {
    const parent = row.trigger?.variables["executionId"];
    // Which end makes a pair depends on time.
    if (typeof parent !== "string" || row.flowId === "gatherer") continue;
    children.set(parent, [...(children.get(parent) ?? []), row]);
  }
  const endOf = (row: ExecutionRow): string => {
    const runs = durable
      .taskRuns(row.id)
      .map(({ taskId, value, iteration, state }) => `${taskId}@${value ?? ""}#${iteration ?? ""}=${state}`);
    const below = (children.get(row.id) ?? []).map(endOf);
    return `${row.flowId} ${row.state} (${[...runs.toSorted(), ...below.toSorted()].join(" ")})`;
  };
  const ends = new Map<string, string>();
  for (const row of durable.executions.values()) {
    const name = requestOf(row);
    if (name !== undefined) ends.set(name, endOf(row));
  }
  return ends;
}

function requestOf(row: ExecutionRow): string | undefined {
  const body = row.trigger?.variables["body"] as { name?: string } | undefined;
  return body?.name ?? row.labels.find(({ key }) => key === "request")?.value;
}
