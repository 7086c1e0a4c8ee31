import { expect, test } from "vitest";
import { flowWorld, historyOf, runOf } from "../testing/flow-world.ts";
import { sourceOf } from "../testing/semantics.ts";

const world = flowWorld({ encryptionKey: Buffer.alloc(32, 7).toString("base64") }, () => [
  sourceOf(
    "asks",
    `inputs:
  - {id: fails, type: BOOL}
  - {id: word, type: SECRET, defaults: none}
tasks:
  - {id: first, type: core.debug.Return, format: "{{ inputs.fails }}"}
  - {id: second, type: core.execution.Fail, runIf: "{{ inputs.fails }}"}
  - {id: third, type: core.debug.Return, format: "{{ inputs.word | length }}"}`,
  ),
]);

test("a replay from a task run goes on with the inputs that it is given", async () => {
  const { executions } = world().runtime;
  const failed = await world().meets("asks", { inputs: { fails: true }, state: "FAILED", taskRuns: 2 });
  const taskRunId = runOf(failed, "second").id;
  const inputs = { fails: "false", word: "four" };
  const { row } = await executions.replay("main", failed.row.id, { taskRunId, inputs });
  const again = await world().ended(row.id);
  expect(again.row).toMatchObject({ state: "SUCCESS", inputs: { fails: false } });
  expect(JSON.stringify(again.row.inputs)).not.toContain("four");
  expect(again.taskRuns.map(({ taskId, state }) => `${taskId} ${state}`)).toEqual([
    "first SUCCESS",
    "second SKIPPED",
    "third SUCCESS",
  ]);
  expect([runOf(again, "first"), runOf(again, "third")].map(({ outputs }) => outputs?.["value"])).toEqual([
    "true",
    "4",
  ]);
});

test("a replay from a task run refuses inputs that are not valid", async () => {
  const { executions } = world().runtime;
  const failed = await world().meets("asks", { inputs: { fails: true }, state: "FAILED" });
  const taskRunId = runOf(failed, "second").id;
  await expect(executions.replay("main", failed.row.id, { taskRunId, inputs: {} })).rejects.toMatchObject({
    code: "inputs-invalid",
    message: expect.stringContaining("`fails`"),
  });
});

test("a replay tells of which execution it is, and how often that was begun", async () => {
  const { executions } = world().runtime;
  const failed = await world().meets("asks", { inputs: { fails: true }, state: "FAILED" });
  const whole = await executions.replay("main", failed.row.id);
  expect(whole).toMatchObject({ row: { state: "CREATED", replayOf: failed.row.id, attemptNumber: 2 }, taskRuns: [] });
  const { row } = await world().ended(whole.row.id);
  const second = runOf((await executions.get("main", row.id))!, "second");
  const again = await executions.replay("main", row.id, { taskRunId: second.id });
  expect(again.row).toMatchObject({ replayOf: row.id, originalId: failed.row.id, attemptNumber: 3 });
});

test("what people let go on is answered as it is before it does", async () => {
  const { executions } = world().runtime;
  const failed = await world().meets("asks", { inputs: { fails: true }, state: "FAILED" });
  const { row, taskRuns } = await executions.restart("main", failed.row.id);
  expect([row.state, ...taskRuns.map(({ state }) => state)]).toEqual(["RESTARTED", "SUCCESS", "RESTARTED"]);
  const again = await world().ended(row.id);
  expect(historyOf(again.row)).toEqual(["CREATED", "RUNNING", "FAILED", "RESTARTED", "RUNNING", "FAILED"]);
  const second = runOf(again, "second");
  const changed = await executions.changeTaskRunState("main", row.id, second.id, "SUCCESS");
  expect(changed.row).toMatchObject({ state: "RESTARTED", attemptNumber: 3 });
  const mended = await world().ended(row.id);
  expect(mended.row.state).toBe("SUCCESS");
  expect(runOf(mended, "second").attempts.map(({ state }) => state)).toEqual(["FAILED", "SUCCESS"]);
});
