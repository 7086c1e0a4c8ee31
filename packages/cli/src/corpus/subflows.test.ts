import type { ExecutionWithRuns } from "@capstan/runtime";
import { describe, expect, test } from "vitest";
import { type FlowWorld, corpusWorld, hasCorpus, historyOf, type Row, runOf } from "../testing/flow-world.ts";

const COUNTS = { CREATED: 0, RUNNING: 0 };

/** Batches of files. */
const ROWS: readonly Row[] = [
  [
    "for-each-item",
    {
      inputs: { file: "@lines:102", batch: "4" },
      state: "SUCCESS",
      taskRuns: 4,
      facts: async (ended, world) => {
        const items = ended.taskRuns[2]!;
        expect(items.attempts).toHaveLength(1);
        expect(items.outputs).toMatchObject({ numberOfBatches: 26, iterations: { ...COUNTS, SUCCESS: 26 } });
        const { rows } = await world.runtime.store.executions.search(
          { tenant: "main", parentExecutionId: ended.row.id },
          { offset: 0, limit: 1 },
        );
        expect(rows[0]?.inputs["items"]).toMatch(
          /^kestra:\/\/\/io\/kestra\/tests\/for-each-item\/executions\/.+\/tasks\/each-split\/.+\.txt$/,
        );
      },
    },
  ],
  [
    "for-each-item",
    {
      inputs: { file: "@lines:0", batch: "4" },
      state: "SUCCESS",
      taskRuns: 4,
      facts: (ended) => expect(ended.taskRuns[2]?.outputs).toBeUndefined(),
    },
  ],
  [
    "for-each-item-no-wait",
    {
      inputs: { file: "@lines:102" },
      state: "SUCCESS",
      taskRuns: 4,
      facts: (ended) => expect(ended.taskRuns[2]?.outputs?.["iterations"]).toEqual({ RUNNING: 0, SUCCESS: 26 }),
    },
  ],
  [
    "for-each-item-failed",
    {
      inputs: { file: "@lines:102" },
      state: "FAILED",
      taskRuns: 3,
      facts: (ended) => expect(ended.taskRuns[2]?.outputs?.["iterations"]).toEqual({ ...COUNTS, FAILED: 26 }),
    },
  ],
];

async function childOf({ taskRuns }: ExecutionWithRuns, { ended }: FlowWorld): Promise<ExecutionWithRuns> {
  return ended(String(taskRuns[0]?.outputs?.["executionId"]));
}

describe.skipIf(!hasCorpus)("subflows that others wrote", () => {
  const world = corpusWorld();

  test.concurrent.for(ROWS)("%s ends as %j", async ([flow, expected]) => {
    await world().meets(flow, expected);
  });

  test("task-flow hands labels down and outputs up", async () => {
    const { start, ended } = world();
    const labels = [{ key: "mainFlowExecutionLabel", value: "execFoo" }];
    const parent = await ended(await start("task-flow", { inputs: { string: "OK" }, labels }));
    expect(parent.row.state).toBe("SUCCESS");
    expect(parent.taskRuns).toHaveLength(1);
    const { outputs } = parent.taskRuns[0]!.outputs as { outputs: { extracted: string } };
    expect(outputs.extracted).toContain("default > amazing");
    const child = await childOf(parent, world());
    expect(child.row.state).toBe("SUCCESS");
    expect(child.taskRuns).toHaveLength(2);
    const shown = Object.fromEntries(child.row.labels.map(({ key, value }) => [key, value]));
    expect(shown).toMatchObject({
      "system.correlationId": parent.row.id,
      mainFlowExecutionLabel: "execFoo",
      mainFlowLabel: "flowFoo",
      launchTaskLabel: "launchFoo",
      switchFlowLabel: "switchFoo",
    });
    expect(child.row.trigger?.variables).toMatchObject({
      executionId: parent.row.id,
      flowId: "task-flow",
      namespace: "io.kestra.tests",
    });
  });

  test("task-flow fails with its child, with the outputs of it", async () => {
    const parent = await world().meets("task-flow", { inputs: { string: "THIRD" }, state: "FAILED", taskRuns: 1 });
    const { outputs } = parent.taskRuns[0]!.outputs as { outputs: { extracted: string } };
    expect(outputs.extracted).toContain("Error Trigger ! error-t1");
    const child = await childOf(parent, world());
    expect(child.row.state).toBe("FAILED");
    expect(child.taskRuns).toHaveLength(4);
  });

  test("task-flow fails although its child succeeded when its outputs can't be rendered", async () => {
    const parent = await world().meets("task-flow", { inputs: { string: "FIRST" }, state: "FAILED", taskRuns: 1 });
    const child = await childOf(parent, world());
    expect(child.row.state).toBe("SUCCESS");
    expect(child.taskRuns).toHaveLength(2);
    expect(historyOf(runOf(parent, "launch"))).toContain("RUNNING");
  });

  test("task-flow-inherited-labels hands down what the parent has", async () => {
    const parent = await world().meets("task-flow-inherited-labels", {
      inputs: { string: "OK" },
      state: "SUCCESS",
      taskRuns: 1,
    });
    const child = await childOf(parent, world());
    const own = child.row.labels.filter(({ key }) => key !== "system.from");
    expect(own.map(({ key }) => key).toSorted()).toEqual([
      "launchTaskLabel",
      "switchFlowLabel",
      "system.correlationId",
    ]);
  });
});
