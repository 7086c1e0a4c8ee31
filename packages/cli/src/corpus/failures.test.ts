import type { ExecutionWithRuns } from "@capstan/runtime";
import { describe, expect, test } from "vitest";
import { corpusWorld, hasCorpus, type Row, runOf } from "../testing/flow-world.ts";

const attempts = (position: number, count: number) => (ended: ExecutionWithRuns) =>
  expect(ended.taskRuns[position]?.attempts).toHaveLength(count);

/** Failures, retries and what is allowed to fail. */
const ROWS: readonly Row[] = [
  [
    "exception-with-output",
    {
      state: "FAILED",
      taskRuns: 1,
      facts: (ended) => expect(ended.taskRuns[0]?.outputs).toEqual({ message: "Oh no!" }),
    },
  ],
  [
    "null-output",
    { state: "SUCCESS", taskRuns: 1, facts: (ended) => expect(ended.taskRuns[0]?.outputs).toEqual({ value: null }) },
  ],
  ["workertask-result-too-large", { state: "FAILED", taskRuns: 1 }],
  ["retry-success-first-attempt", { state: "SUCCESS", taskRuns: 1, facts: attempts(0, 1) }],
  ["retry-failed", { state: "FAILED", taskRuns: 2, facts: attempts(0, 5) }],
  ["retry-random", { state: "FAILED", taskRuns: 1, facts: attempts(0, 3) }],
  ["retry-expo", { state: "FAILED", taskRuns: 1, facts: attempts(0, 3) }],
  ["retry-and-fail", { state: "FAILED", taskRuns: 2, facts: attempts(0, 3) }],
  ["retry-failed-task-attempts", { state: "FAILED", facts: attempts(0, 4) }],
  ["retry-failed-flow-attempts", { state: "FAILED", facts: attempts(0, 4) }],
  ["retry-flowable-nested-child", { state: "FAILED", facts: attempts(2, 3) }],
  [
    "task-allow-failure-runnable",
    { state: "WARNING", taskRuns: 2, facts: (ended) => expect(runOf(ended, "fail").attempts).toHaveLength(3) },
  ],
  [
    "task-allow-warning-runnable",
    { state: "SUCCESS", taskRuns: 2, facts: (ended) => expect(runOf(ended, "fail").attempts).toHaveLength(3) },
  ],
  ["task-allow-warning-executable-flow", { state: "SUCCESS", taskRuns: 2 }],
  ["task-allow-warning-executable-foreachitem", { inputs: { file: "@lines:10" }, state: "SUCCESS", taskRuns: 4 }],
  [
    "task-runif",
    {
      state: "FAILED",
      taskRuns: 4,
      facts: (ended) => {
        const states = ["executed", "notexecuted", "willfailedtheflow"].map((id) => runOf(ended, id).state);
        expect(states).toEqual(["SUCCESS", "SKIPPED", "FAILED"]);
      },
    },
  ],
];

describe.skipIf(!hasCorpus)("failures that others wrote", () => {
  const world = corpusWorld();

  test.concurrent.for(ROWS)("%s ends as %j", async ([flow, expected]) => {
    await world().meets(flow, expected);
  });

  test("failed-first can be restarted again and again", async () => {
    const { runtime, meets, ended } = world();
    const { row } = await meets("failed-first", { state: "FAILED", taskRuns: 1 });
    for (const round of [2, 3]) {
      await runtime.executions.restart("main", row.id);
      const again = await ended(row.id);
      expect(again.row.state).toBe("FAILED");
      expect(again.taskRuns).toHaveLength(1);
      expect(again.taskRuns[0]?.attempts).toHaveLength(round);
    }
  });

  test.concurrent.for([
    "retry-new-execution-task-attempts",
    "retry-new-execution-flow-attempts",
    "retry-new-execution-flow-duration",
  ])("%s makes three executions of one chain", async (flowId) => {
    const { start, executionsOf } = world();
    const first = await start(flowId);
    const executions = await executionsOf(flowId, 3);
    expect(executions.map(({ row }) => row.state)).toEqual(["RETRIED", "RETRIED", "FAILED"]);
    expect(executions.map(({ row }) => row.originalId)).toEqual([first, first, first]);
    expect(executions.map(({ row }) => row.attemptNumber)).toEqual([1, 2, 3]);
  });
});
