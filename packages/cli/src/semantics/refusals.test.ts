import { expect, test } from "vitest";
import type { ExecutionService } from "@capstan/runtime";
import { flowWorld } from "../testing/flow-world.ts";
import { sourceOf } from "../testing/semantics.ts";

const world = flowWorld({}, () => [
  sourceOf("quick", "tasks: [{id: a, type: core.log.Log, message: x}]"),
  sourceOf("allowed", "tasks: [{id: a, type: core.execution.Fail, allowFailure: true}]"),
  sourceOf("passed", "tasks: [{id: a, type: core.flow.AllowFailure, tasks: [{id: b, type: core.execution.Fail}]}]"),
  sourceOf("waits", "tasks: [{id: a, type: core.flow.Pause}]"),
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
  await expect(world().runtime.executions.restart("main", row.id)).resolves.toMatchObject({ state: "RUNNING" });
});

const OF_PAUSED: readonly (readonly [string, Act, string])[] = [
  ["pause", (all, id) => all.pause("main", id), "is PAUSED: only one that runs can be paused, ask again when"],
  ["restart", (all, id) => all.restart("main", id), "is PAUSED: wait for its end or kill it"],
  ["replay", (all, id) => all.replay("main", id), "is PAUSED: wait for its end or kill it"],
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
