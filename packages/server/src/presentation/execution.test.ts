import type { ExecutionRow, TaskRunRow } from "@capstan/store";
import { expect, test } from "vitest";
import { presentExecution } from "./execution.ts";

const row: ExecutionRow = {
  tenant: "main",
  id: "e",
  namespace: "n",
  flowId: "f",
  flowRevision: 1,
  state: "RUNNING",
  history: [],
  kind: "NORMAL",
  labels: [],
  inputs: {},
  variables: {},
  originalId: "e",
  attemptNumber: 1,
  createdAt: 0,
};
const run = (index: number, states: readonly TaskRunRow["state"][]): TaskRunRow => ({
  index,
  id: `run${index}`,
  taskId: `task${index}`,
  state: states.at(-1)!,
  history: states.map((state, position) => ({ state, date: position * 1000 })),
  attempts: [],
});

test("a flowable has one attempt once it has begun, what was skipped or never began has none", () => {
  const runs = [
    run(0, ["CREATED", "RUNNING", "PAUSED", "RUNNING", "SUCCESS"]),
    run(1, ["CREATED", "RUNNING"]),
    run(2, ["CREATED", "SKIPPED"]),
    run(3, ["CREATED", "SUBMITTED"]),
    run(4, ["CREATED", "KILLED"]),
  ];
  const attempts = presentExecution(row, runs, 5000).taskRunList!.map((shown) =>
    shown.attempts.map(({ state }) => [state.current, state.histories.length, state.duration]),
  );
  expect(attempts).toEqual([[["SUCCESS", 5, "PT3S"]], [["RUNNING", 2, "PT4S"]], [], [], []]);
});

test("the starts of a batch are shown with an execution, and counted in lists", () => {
  const items = [
    { id: "e", date: 0, inputs: { a: 1 } },
    { id: "f", date: 1, inputs: {}, labels: [{ key: "k", value: "v" }] },
  ];
  const batched = { ...row, batch: { items } };
  expect(presentExecution(batched, []).batch).toEqual({
    size: 2,
    items: [
      { id: "e", date: "1970-01-01T00:00:00.000Z", inputs: { a: 1 } },
      { id: "f", date: "1970-01-01T00:00:00.001Z", inputs: {}, labels: [{ key: "k", value: "v" }] },
    ],
  });
  expect(presentExecution(batched).batch).toEqual({ size: 2 });
});
