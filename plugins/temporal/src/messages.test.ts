import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { query } from "./query.ts";
import { schedule } from "./schedule.ts";
import { signal } from "./signal.ts";
import { startGate } from "./testing/gate.ts";
import { newId, QUEUE, type Shop, startShop } from "./testing/shop.ts";
import { BUILD_MS_MAX } from "./testing/temporal-server.ts";
import { update } from "./update.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await startShop();
}, BUILD_MS_MAX);
afterAll(() => shop?.[Symbol.asyncDispose]());

/** Its limit is 10. */
async function begun(taskQueue = QUEUE): Promise<string> {
  const workflowId = newId();
  await shop.client.workflow.start("Approve", { workflowId, args: [10], taskQueue });
  return workflowId;
}
const raised = (workflowId: string) => shop.client.workflow.getHandle(workflowId).query("raised", 0);

describe("Signal", () => {
  test("a workflow gets a signal with its arguments", async () => {
    const workflowId = await begun();
    const outcome = await shop.run(signal, { workflowId, signalName: "approve", args: ["ann"] });
    expect([outcome.state, outcome.outputs]).toEqual(["SUCCESS", undefined]);
    expect(outcome.logs).toEqual([{ level: "INFO", message: `The workflow ${workflowId} got the signal approve.` }]);
    expect(await shop.client.workflow.result(workflowId)).toBe("ann");
  });

  test("one attempt sends one signal, however often it is given out, and another attempt another one", async () => {
    const workflowId = await begun();
    const attemptKey = newId("attempt");
    const given = { workflowId, signalName: "raise", args: [2] };
    for (const options of [{ attemptKey }, { attemptKey }, {}]) await shop.run(signal, given, options);
    expect(await raised(workflowId)).toEqual({ raised: 4 });
  });

  test("a workflow that has ended gets none", async () => {
    const workflowId = await begun();
    const { firstExecutionRunId: runId } = await shop.client.workflow.start("Nothing", {
      workflowId: newId(),
      taskQueue: QUEUE,
    });
    const { message } = await shop.run(signal, { workflowId, runId, signalName: "approve" });
    expect(message).toMatch(
      /^The signal approve to the workflow order-\d+ failed at Temporal \([^)]+\): .* Check the ids/,
    );
  });
});

describe("Query", () => {
  test("the answer is there as JSON and with its type", async () => {
    const outcome = await shop.run(query, { workflowId: await begun(), queryType: "raised", args: [3] });
    expect(outcome.outputs).toEqual({ result: '{"raised":3}', value: { raised: 3 } });
  });

  test("a workflow that has ended still answers", async () => {
    const workflowId = await begun();
    const handle = shop.client.workflow.getHandle(workflowId);
    await handle.signal("approve", "ann");
    await handle.result();
    expect((await shop.run(query, { workflowId, queryType: "raised", args: [1] })).outputs).toMatchObject({
      value: { raised: 1 },
    });
  });

  test("a query that the workflow doesn't know is refused with those that it knows", async () => {
    const { message } = await shop.run(query, { workflowId: await begun(), queryType: "price" });
    expect(message).toMatch(
      /^The query price of the workflow .*: unknown queryType price\. KnownQueryTypes=\[.*raised\]/,
    );
  });

  test("a kill ends the wait for a worker that never comes", async () => {
    const workflowId = await begun("nobody");
    await using gate = await startGate(shop.server.port);
    const kill = new AbortController();
    const given = { workflowId, queryType: "raised", args: [1], endpoint: gate.endpoint };
    const outcome = shop.run(query, given, { signal: kill.signal });
    await expect.poll(() => gate.entries).toBe(1);
    kill.abort(new Error("the task was killed"));
    expect((await outcome).message).toBe("the task was killed");
    await gate.left();
  });
});

describe("Update", () => {
  test("the answer is there as JSON and with its type", async () => {
    const workflowId = await begun();
    const outcome = await shop.run(update, { workflowId, updateName: "raise", args: [3] });
    expect(outcome.outputs).toEqual({ result: "3", value: 3 });
  });

  test("one attempt makes one update, however often it is given out, and another attempt another one", async () => {
    const workflowId = await begun();
    const attemptKey = newId("attempt");
    const given = { workflowId, updateName: "raise", args: [2] };
    const values = [];
    for (const options of [{ attemptKey }, { attemptKey }, {}])
      values.push((await shop.run(update, given, options)).outputs?.["value"]);
    expect(values).toEqual([2, 2, 4]);
  });

  test.each([
    [11, "over the limit"],
    [0, "nothing to raise by (NothingToRaise)"],
  ])("one by %d is refused with the reason", async (by, reason) => {
    const workflowId = await begun();
    const { message } = await shop.run(update, { workflowId, updateName: "raise", args: [by] });
    expect(message).toContain(`The workflow ${workflowId} refused the update raise: ${reason}`);
    expect(await raised(workflowId)).toEqual({ raised: 0 });
  });

  test("a kill ends the wait for a worker that never comes", async () => {
    const workflowId = await begun("nobody");
    await using gate = await startGate(shop.server.port);
    const kill = new AbortController();
    const given = { workflowId, updateName: "raise", args: [1], endpoint: gate.endpoint };
    const outcome = shop.run(update, given, { signal: kill.signal });
    await expect.poll(() => gate.entries).toBe(1);
    kill.abort(new Error("the task was killed"));
    expect((await outcome).message).toBe("the task was killed");
    await gate.left();
  });
});

describe("Schedule", () => {
  const what = { workflowType: "Give", taskQueue: QUEUE, args: [{ day: 1 }] };
  const described = (scheduleId: string) => shop.client.schedule.getHandle(scheduleId).describe();

  test("a schedule by a cron expression starts the workflow", async () => {
    const scheduleId = newId("schedule");
    const outcome = await shop.run(schedule, { ...what, scheduleId, cron: "CRON_TZ=Europe/Berlin 0 2 * * *" });
    expect(outcome.outputs).toEqual({ scheduleId });
    const { spec, action } = await described(scheduleId);
    expect(spec).toMatchObject({
      timezone: "Europe/Berlin",
      calendars: [{ hour: [{ start: 2 }], minute: [{ start: 0 }] }],
    });
    expect(action).toMatchObject({
      workflowType: "Give",
      taskQueue: QUEUE,
      args: [{ day: 1 }],
      workflowId: scheduleId,
    });
  });

  test("a schedule by an interval starts the workflow", async () => {
    const scheduleId = newId("schedule");
    expect((await shop.run(schedule, { ...what, scheduleId, intervalSeconds: 1 })).state).toBe("SUCCESS");
    const started = async () => (await described(scheduleId)).info.numActionsTaken;
    await expect.poll(started, { timeout: 20_000 }).toBeGreaterThan(0);
    await shop.client.schedule.getHandle(scheduleId).delete();
  });

  test("one that is there is replaced only when that is asked for", async () => {
    const scheduleId = newId("schedule");
    const hourly = { ...what, scheduleId, intervalSeconds: 3_600 };
    const attemptKey = newId("attempt");
    for (const _ of [1, 2]) expect((await shop.run(schedule, hourly, { attemptKey })).state).toBe("SUCCESS");
    const daily = { ...hourly, intervalSeconds: 86_400 };
    expect((await shop.run(schedule, daily)).message).toMatch(
      /^There is a schedule schedule-\d+ already\. .* `overwrite`\.$/,
    );
    expect((await described(scheduleId)).spec.intervals).toMatchObject([{ every: 3_600_000 }]);
    expect((await shop.run(schedule, { ...daily, overwrite: true })).state).toBe("SUCCESS");
    expect((await described(scheduleId)).spec.intervals).toMatchObject([{ every: 86_400_000 }]);
  });

  test.each([{}, { cron: "0 2 * * *", intervalSeconds: 60 }, { cron: " " }])("%j is no schedule", async (times) => {
    const { message } = await shop.run(schedule, { ...what, scheduleId: "none", ...times });
    expect(message).toBe("A schedule needs either `cron` or `intervalSeconds`, and not both.");
  });

  test("a cron expression that is none is refused with what is wrong", async () => {
    const { message } = await shop.run(schedule, { ...what, scheduleId: newId("schedule"), cron: "every day" });
    expect(message).toMatch(/^The schedule schedule-\d+ failed at Temporal/);
  });
});
