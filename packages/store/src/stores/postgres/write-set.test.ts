import { expect, test } from "vitest";
import { execution, flow, T0, taskRun, TENANT } from "../../conformance/fixtures.ts";
import type { CommitUnit } from "../../store.ts";
import { encodeUnit } from "./encode-unit.ts";
import { stepsFor } from "./write-set.ts";

/** The statements of units that share a transaction, a step a line, each with the number of its rows. */
function stepsOf(...units: readonly CommitUnit[]): readonly string[] {
  const sequence = { last: 0 };
  return stepsFor(units.flatMap((unit) => encodeUnit(unit, sequence))).map((step) =>
    step.type === "removeLogs"
      ? "removeLogs"
      : step.statements.map(({ name, values }) => `${name} ${(values[0] as Buffer).readInt32BE(12)}`).join(", "),
  );
}

const timer = { tenant: TENANT, executionId: "e1", key: "pause", at: T0 };
const message = { tenant: TENANT, executionId: "e1", id: "m", body: 1 };
const applied = { tenant: TENANT, namespace: "company.team", id: "hello", revision: 1 };

test("an execution that begins and ends in one transaction is written once", () => {
  const steps = stepsOf(
    { executions: [execution("e1")], taskRuns: [taskRun("e1", 0)] },
    { executions: [execution("e1", { state: "SUCCESS" })], taskRuns: [taskRun("e1", 0, { state: "SUCCESS" })] },
  );
  expect(steps).toEqual(["put_executions 1, remove_live_executions 1, remove_unhappy_executions 1, put_task_runs 1"]);
});

test("rows of many units share one statement for each table", () => {
  const units = Array.from({ length: 50 }, (_, number) => ({
    executions: [execution(`e${number}`, { labels: [{ key: "team", value: "data" }] })],
  }));
  expect(stepsOf(...units)).toEqual([
    "put_executions 50, put_execution_labels 50, put_live_executions 50, remove_unhappy_executions 50",
  ]);
});

test("a timer that is set and cleared is only cleared, and one that is cleared and set is only set", () => {
  expect(stepsOf({ timers: [timer] }, { clearedTimers: [timer] })).toEqual(["remove_timers 1"]);
  expect(stepsOf({ clearedTimers: [timer] }, { timers: [timer] })).toEqual(["put_timers 1"]);
});

test("a message that was taken and is sent again is another one", () => {
  expect(stepsOf({ takenMessages: [message] }, { messages: [message] })).toEqual([
    "remove_messages 1",
    "put_messages 1",
  ]);
});

test("a flow that was applied and is written again is not applied", () => {
  expect(stepsOf({ flows: [flow("hello")] }, { appliedFlows: [applied] }, { flows: [flow("other")] })).toEqual([
    "put_flow_revisions 2, put_flows 2, apply_flows 1",
  ]);
  expect(stepsOf({ flows: [flow("hello")] }, { appliedFlows: [applied] }, { flows: [flow("hello")] })).toEqual([
    "put_flow_revisions 1, put_flows 1, apply_flows 1",
    "put_flows 1",
  ]);
});

test("what is removed whole comes between what was written before it and after it", () => {
  const removedExecutions = ["e1", "e2"].map((id) => ({ tenant: TENANT, id, logs: true, metrics: false }));
  const steps = stepsOf(
    { timers: [timer] },
    { removedExecutions },
    { timers: [timer] },
    { removedLogs: [{ tenant: TENANT }] },
  );
  expect(steps).toEqual([
    "put_timers 1",
    "remove_labels_of_executions 2, remove_of_executions_executions 2, remove_of_executions_live_executions 2, remove_of_executions_unhappy_executions 2, remove_of_executions_task_runs 2, remove_of_executions_timers 2, remove_of_executions_messages 2, remove_of_executions_added_starts 2, remove_of_executions_logs 2",
    "put_timers 1",
    "removeLogs",
  ]);
});

test.each([
  ["a date that is none", { timers: [{ ...timer, at: Number.NaN }] }, "at: NaN is not a whole number"],
  ["the character 0", { timers: [{ ...timer, key: "a\0" }] }, "key: a text with the character 0"],
])("%s is refused before it is sent", (_what, unit, reason) => {
  expect(() => encodeUnit(unit, { last: 0 })).toThrow(reason);
});
