import { expect, test } from "vitest";
import type { ExecutionService } from "@capstan/runtime";
import { flowWorld } from "../testing/flow-world.ts";
import { sourceOf } from "../testing/semantics.ts";

const world = flowWorld({}, () => [
  sourceOf("quick", "tasks: [{id: a, type: core.log.Log, message: x}]"),
  sourceOf("allowed", "tasks: [{id: a, type: core.execution.Fail, allowFailure: true}]"),
  sourceOf("passed", "tasks: [{id: a, type: core.flow.AllowFailure, tasks: [{id: b, type: core.execution.Fail}]}]"),
  sourceOf("waits", "tasks: [{id: a, type: core.flow.Pause}]"),
  sourceOf("fails", "tasks: [{id: a, type: core.execution.Fail}]"),
  sourceOf("long", "tasks: [{id: a, type: core.flow.Sleep, duration: PT1M}]"),
  sourceOf(
    "long-after",
    `tasks: [{id: a, type: core.log.Log, message: x}]
afterExecution: [{id: z, type: core.flow.Sleep, duration: PT1M}, {id: never, type: core.log.Log, message: x}]`,
  ),
  sourceOf(
    "unreadable-check",
    `tasks: [{id: a, type: core.log.Log, message: x}]
checks: [{condition: "{{ kv('absent') }}", message: closed}]`,
  ),
  sourceOf(
    "unreadable-check-fails",
    `tasks: [{id: a, type: core.log.Log, message: x}]
checks: [{condition: "{{ inputs.absent }}", message: closed, behavior: FAIL_EXECUTION}]`,
  ),
  sourceOf(
    "unreadable-choice",
    `tasks: [{id: a, type: core.log.Log, message: x}]
inputs: [{id: a, type: SELECT, expression: "{{ kv('absent') }}"}]`,
  ),
]);

type Act = (executions: ExecutionService, id: string) => Promise<unknown>;

const OF_ENDED: readonly (readonly [string, Act, string])[] = [
  ["kill", (all, id) => all.kill("main", id), "has ended, it is SUCCESS and can't be killed: replay it"],
  ["pause", (all, id) => all.pause("main", id), "has ended, it is SUCCESS and can't be paused: replay it"],
  ["resume", (all, id) => all.resume("main", id), "is SUCCESS: it has ended, replay it or start another one"],
  [
    "force-run",
    (all, id) => all.forceRun("main", id),
    "has ended, it is SUCCESS and can't be forced to run: replay it",
  ],
  [
    "unqueue",
    (all, id) => all.unqueue("main", id, "RUNNING"),
    "is SUCCESS and can't be taken from the queue: replay it",
  ],
  ["status", (all, id) => all.changeStatus("main", id, "RUNNING"), "is SUCCESS and can't become RUNNING: only a final"],
];

test.concurrent.for(OF_ENDED)(
  "what can't be done with an ended execution tells its state and a remedy: %s",
  async ([, act, text]) => {
    const { row } = await world().ended(await world().start("quick"));
    await expect(act(world().runtime.executions, row.id)).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining(text),
    });
  },
);

test("what runs after the end is killed, and the execution keeps its state", async () => {
  const id = await world().start("long-after");
  const { executions } = world().runtime;
  await world().reached(id, "SUCCESS");
  await executions.kill("main", id);
  const { row, taskRuns } = await world().ended(id);
  expect(row.state).toBe("SUCCESS");
  expect(taskRuns.map(({ taskId, state }) => `${taskId} ${state}`)).toEqual(["a SUCCESS", "z KILLED"]);
  await expect(executions.kill("main", id)).rejects.toMatchObject({ status: 409 });
});

test.each(["quick", "allowed"])("an execution of which nothing failed is not restarted: %s", async (flow) => {
  const { row } = await world().ended(await world().start(flow));
  await expect(world().runtime.executions.restart("main", row.id)).rejects.toMatchObject({
    code: "nothing-to-restart",
    status: 422,
    message: expect.stringContaining(`is ${row.state}, no task of it failed: replay it`),
  });
  expect((await world().runtime.executions.get("main", row.id))?.row).toMatchObject({ history: row.history });
});

test("what failed but was let pass is restarted", async () => {
  const { row } = await world().ended(await world().start("passed"));
  expect(row.state).toBe("WARNING");
  await expect(world().runtime.executions.restart("main", row.id)).resolves.toMatchObject({
    row: { state: "RESTARTED" },
  });
});

const OF_PAUSED: readonly (readonly [string, Act, string])[] = [
  ["pause", (all, id) => all.pause("main", id), "is PAUSED: only one that runs can be paused, ask again when"],
  [
    "restart of another revision",
    (all, id) => all.restart("main", id, { revision: 1 }),
    "is PAUSED: wait for its end or kill it",
  ],
  ["unqueue", (all, id) => all.unqueue("main", id, "RUNNING"), "is PAUSED: only one that is QUEUED can be taken"],
  [
    "labels",
    (all, id) => all.setLabels("main", id, []),
    "is PAUSED: labels can be set once it has ended, wait for that",
  ],
  ["status", (all, id) => all.changeStatus("main", id, "FAILED"), "is PAUSED and can't become FAILED: only a final"],
  [
    "delete",
    (all, id) => all.delete("main", id, { logs: true, metrics: true, storage: true }),
    "is PAUSED: kill it first",
  ],
];

test.concurrent.for(OF_PAUSED)(
  "what can't be done with a paused execution tells its state and a remedy: %s",
  async ([, act, text]) => {
    const id = await world().start("waits");
    await world().reached(id, "PAUSED");
    await expect(act(world().runtime.executions, id)).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining(text),
    });
  },
);

test("a check or an input that needs a key which isn't there is refused, with the reason", async () => {
  await expect(world().start("unreadable-check")).rejects.toMatchObject({
    status: 422,
    message: expect.stringMatching(/^closed \(its condition can't be evaluated: The key 'absent' does not exist/u),
  });
  await expect(world().start("unreadable-choice")).rejects.toMatchObject({
    status: 422,
    message: expect.stringContaining("its expression can't be evaluated: The key 'absent' does not exist"),
  });
  const { row } = await world().ended(await world().start("unreadable-check-fails"));
  expect(row).toMatchObject({ state: "FAILED", error: expect.stringContaining("closed (its condition can't be") });
});

test("of two restarts at the same time one is refused, and the tasks run once", async () => {
  const { executions } = world().runtime;
  const { row } = await world().ended(await world().start("fails"));
  const restarts = await Promise.allSettled([executions.restart("main", row.id), executions.restart("main", row.id)]);
  expect(restarts.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  const { taskRuns, row: again } = await world().ended(row.id);
  expect(taskRuns[0]!.attempts).toHaveLength(2);
  expect(again.history.filter(({ state }) => state === "RESTARTED")).toHaveLength(1);
});

test.concurrent.for([
  ["restart", (all, id) => all.restart("main", id)],
  ["force-run", (all, id) => all.forceRun("main", id)],
] as const satisfies readonly (readonly [string, Act])[])("a paused execution goes on by %s", async ([name, act]) => {
  const id = await world().start("waits");
  await world().reached(id, "PAUSED");
  await act(world().runtime.executions, id);
  const { row } = await world().ended(id);
  expect(row.history.map(({ state }) => state)).toEqual([
    "CREATED",
    "RUNNING",
    "PAUSED",
    "RESTARTED",
    "RUNNING",
    "SUCCESS",
  ]);
  const isMarked = row.labels.some(({ key }) => key === "system.restarted");
  expect(isMarked).toBe(name === "restart");
});

test("a paused execution is replayed, whole or from a task run, and stays as it is", async () => {
  const { executions } = world().runtime;
  const id = await world().start("waits");
  const { taskRuns } = await world().reached(id, "PAUSED");
  for (const options of [{}, { taskRunId: taskRuns[0]!.id }]) {
    const { row: replayed } = await executions.replay("main", id, options);
    await world().reached(replayed.id, "PAUSED");
    await executions.resume("main", replayed.id);
    expect((await world().ended(replayed.id)).row.state).toBe("SUCCESS");
  }
  expect((await executions.get("main", id))!.row.state).toBe("PAUSED");
});

test("what runs can't be forced to, nor taken from a queue", async () => {
  const { executions } = world().runtime;
  const id = await world().start("long");
  await world().reached(id, "RUNNING");
  await expect(executions.forceRun("main", id)).rejects.toMatchObject({ code: "execution-not-waiting", status: 409 });
  await expect(executions.unqueue("main", id, "FAILED")).rejects.toMatchObject({ code: "execution-not-waiting" });
  await executions.kill("main", id);
});
