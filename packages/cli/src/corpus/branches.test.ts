import { describe, expect, test } from "vitest";
import { corpusWorld, hasCorpus, historyOf, type Row, runOf } from "../testing/flow-world.ts";

/** Sequences, branches and loops. */
const ROWS: readonly Row[] = [
  [
    "full",
    {
      state: "SUCCESS",
      taskRuns: 13,
      facts: (ended) => expect(runOf(ended, "t2").outputs?.["value"]).toContain("value1"),
    },
  ],
  ["sequential", { state: "SUCCESS", taskRuns: 11 }],
  ["sequential-with-global-errors", { state: "FAILED", taskRuns: 6 }],
  ["sequential-with-local-errors", { state: "FAILED", taskRuns: 6 }],
  [
    "errors",
    {
      state: "FAILED",
      taskRuns: 7,
      facts: async (ended, world) =>
        expect((await world.logs(ended.row.id)).join("\n")).toContain("- task: failed, message: Task failure"),
    },
  ],
  ["alias-trigger", { state: "SUCCESS", taskRuns: 1 }],
  ["disable-flowable", { state: "FAILED", taskRuns: 10 }],
  ["if", { inputs: { if1: "true", if2: "false", if3: "true" }, state: "SUCCESS", taskRuns: 12 }],
  [
    "switch",
    {
      inputs: { string: "FIRST" },
      state: "SUCCESS",
      facts: (ended) => {
        expect(ended.taskRuns[1]?.taskId).toBe("t1");
        expect(runOf(ended, "parent-seq").outputs).toEqual({ value: "FIRST", defaults: false });
      },
    },
  ],
  [
    "switch",
    {
      inputs: { string: "SECOND" },
      state: "SUCCESS",
      facts: (ended) => expect(ended.taskRuns.slice(1).map(({ taskId }) => taskId)).toEqual(["t2", "t2_sub"]),
    },
  ],
  [
    "switch",
    {
      inputs: { string: "THIRD" },
      state: "FAILED",
      taskRuns: 4,
      facts: (ended) =>
        expect(ended.taskRuns.slice(1).map(({ taskId }) => taskId)).toEqual(["t3", "failed", "error-t1"]),
    },
  ],
  [
    "switch",
    {
      inputs: { string: "anything" },
      state: "SUCCESS",
      facts: (ended) => {
        expect(ended.taskRuns[1]?.taskId).toBe("default");
        expect(runOf(ended, "parent-seq").outputs).toMatchObject({ defaults: true });
      },
    },
  ],
  ["switch-impossible", { inputs: { string: "impossible" }, state: "FAILED" }],
  ["fail-on-switch", { inputs: { param: "fail" }, state: "FAILED", taskRuns: 1 }],
  ["fail-on-condition", { inputs: { param: "fail" }, state: "FAILED", taskRuns: 2 }],
  ["fail-on-condition", { inputs: { param: "success" }, state: "SUCCESS", taskRuns: 3 }],
  ["each-sequential", { state: "WARNING", taskRuns: 11 }],
  ["each-parallel", { state: "SUCCESS", taskRuns: 8 }],
  [
    "each-object-in-list",
    {
      state: "SUCCESS",
      taskRuns: 8,
      facts: (ended) => expect(ended.taskRuns[6]?.outputs?.["value"]).toContain(`json > JSON > ["my-complex"]`),
    },
  ],
  [
    "each-switch",
    {
      state: "SUCCESS",
      taskRuns: 12,
      facts: (ended) => {
        expect(runOf(ended, "2-1-1_switch-number-1").outputs).toEqual({ value: "1" });
        expect(runOf(ended, "2-1-1_switch-number-2").outputs).toEqual({ value: "2 b" });
      },
    },
  ],
  [
    "test-current-output",
    {
      state: "SUCCESS",
      facts: (ended) => {
        const returned = ended.taskRuns.filter(({ taskId }) => taskId === "1-1-1_return");
        expect(returned.map(({ outputs }) => outputs?.["value"])).toContain("return-v11-v21-v31");
        expect(runOf(ended, "2-1_return@v41").outputs).toEqual({ value: "return-v41" });
      },
    },
  ],
  ["foreach-concurrent", { state: "SUCCESS", taskRuns: 7 }],
  ["foreach-concurrent-no-limit", { state: "SUCCESS", taskRuns: 7 }],
  ["foreach-concurrent-parallel", { state: "SUCCESS", taskRuns: 10 }],
  [
    "waitfor",
    { state: "SUCCESS", facts: (ended) => expect(ended.taskRuns[0]?.outputs).toEqual({ iterationCount: 1 }) },
  ],
  ["waitfor-max-duration", { state: "FAILED" }],
  [
    "waitfor-multiple-tasks-failed",
    { state: "FAILED", facts: (ended) => expect(ended.taskRuns.at(-1)?.attempts).toHaveLength(1) },
  ],
];

describe.skipIf(!hasCorpus)("sequences, branches and loops that others wrote", () => {
  const world = corpusWorld();

  test.concurrent.for(ROWS)("%s ends as %j", async ([flow, expected]) => {
    await world().meets(flow, expected);
  });

  test("a flow is replayed from a branch of its loop, and with a task run that is marked as failed", async () => {
    const { runtime, ended, meets } = world();
    const first = await meets("each-parallel-nested", { state: "SUCCESS", taskRuns: 11 });
    const target = runOf(first, "2-1_seq@value 1");
    const begun = await runtime.executions.replay("main", first.row.id, { taskRunId: target.id });
    expect(begun.row.state).toBe("RESTARTED");
    expect(begun.taskRuns).toHaveLength(8);
    expect([runOf(begun, "1_each"), runOf(begun, "2-1_seq@value 1")].map(historyOf)).toEqual([
      ["CREATED", "RUNNING", "SUCCESS", "RUNNING"],
      ["CREATED", "RUNNING", "SUCCESS", "RESTARTED"],
    ]);
    const again = await ended(begun.row.id);
    expect(again.row).toMatchObject({ state: "SUCCESS", originalId: first.row.id });
    expect(again.taskRuns).toHaveLength(11);
    const changed = await runtime.executions.changeTaskRunState("main", first.row.id, target.id, "FAILED");
    expect(runOf(changed, "1_each").state).toBe("RUNNING");
    const marked = await ended(first.row.id);
    expect(marked.row.state).toBe("FAILED");
    expect(marked.taskRuns).toHaveLength(11);
  });
});
