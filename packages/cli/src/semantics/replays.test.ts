import { expect, test } from "vitest";
import { flowWorld, runOf } from "../testing/flow-world.ts";
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
  const { id } = await executions.replay("main", failed.row.id, {
    taskRunId,
    inputs: { fails: "false", word: "four" },
  });
  const again = await world().ended(id);
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
