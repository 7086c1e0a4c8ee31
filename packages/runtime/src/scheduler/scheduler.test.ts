import { RequestError } from "../errors.ts";
import { describe, expect, it } from "vitest";
import type { Scheduler } from "./scheduler.ts";
import { clockText, createWorld, HOUR, MINUTE, START, trigger, worldWith } from "./scheduler-world.fixture.ts";

describe("a schedule", () => {
  it("fires at its dates, never before the next one after its creation", async () => {
    const world = await worldWith(
      trigger(
        { cron: "* * * * *" },
        {
          labels: { a: "b", empty: "{{ null }}", lost: "{{ nothing }}" },
          inputs: { day: "{{ trigger.date | date('yyyy-MM-dd') }}" },
        },
      ),
    );
    await world.pass(3 * MINUTE);
    expect(world.dates()).toEqual(["00:01", "00:02", "00:03"]);
    expect(world.fired[0]).toMatchObject({
      inputs: { day: "2024-01-01" },
      labels: [{ key: "a", value: "b" }],
      row: { date: START + MINUTE / 2, nextDate: START + MINUTE * 1.5 },
    });
    // Its execution ended in the commit that began it.
    expect(world.fired[0]!.row).not.toHaveProperty("executionId");
    expect(world.fired.map(({ at }) => clockText(at))).toEqual(world.dates());
    expect(world.row()).not.toHaveProperty("executionId");
  });

  it("waits with a timer for what is due soon and one for what is due later, whatever their number", async () => {
    const world = createWorld();
    await world.save(
      Array.from({ length: 50 }, (_, index) => trigger({ cron: `${index} * * * *` }, { id: `t${index}` })),
    );
    await world.boot();
    expect(world.timers.size).toBe(2);
  });

  it("is brought up to date at the start when the process died behind the change of its flow", async () => {
    const world = await worldWith(trigger({ cron: "0 * * * *" }));
    await world.pass(HOUR);
    void world.kill();
    void world.save([trigger({ cron: "*/30 * * * *" }), trigger({ cron: "15 * * * *" }, { id: "second" })]);
    await world.boot();
    await world.pass(HOUR);
    expect(world.dates()).toEqual(["01:00", "01:15", "01:30", "02:00"]);
    await world.boot();
    await world.pass(HOUR / 2);
    expect(world.dates().slice(4)).toEqual(["02:15", "02:30"]);
  });

  it("that is gone leaves no row, also when the process died behind the change of its flow", async () => {
    const world = await worldWith(trigger({ cron: "0 * * * *" }));
    void world.kill();
    void world.save([]);
    await world.boot();
    await world.pass(2 * HOUR);
    expect(world.fired).toEqual([]);
    expect(world.row()).toBeUndefined();
  });

  it("is locked while its execution runs, and then runs what it missed", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *" }), { endsAs: undefined });
    await world.pass(3 * MINUTE);
    expect(world.dates()).toEqual(["00:01"]);
    expect(world.row()).toMatchObject({ executionId: "e1" });
    world.end("e1");
    await world.pass(0);
    expect(world.dates()).toEqual(["00:01", "00:02"]);
    expect(world.row()).toMatchObject({ executionId: "e2" });
  });

  it("with NONE forgets what it missed, but not the date that comes on time", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *", recoverMissedSchedules: "NONE" }), {
      endsAs: undefined,
    });
    await world.pass(3 * MINUTE);
    world.end("e1");
    await world.pass(2 * MINUTE);
    expect(world.dates()).toEqual(["00:01", "00:04"]);
  });

  it("that allows concurrent executions is never locked", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *" }, { allowConcurrent: true }), { endsAs: undefined });
    await world.pass(3 * MINUTE);
    expect(world.dates()).toEqual(["00:01", "00:02", "00:03"]);
  });

  it("of a flow that takes starts together is never locked", async () => {
    const world = await worldWith(trigger({ cron: "0 0 1 1 *" }), { endsAs: undefined });
    await world.save([trigger({ cron: "* * * * *" })], { batch: { maxSize: 10, timeoutMs: HOUR } });
    await world.pass(3 * MINUTE);
    expect(world.dates()).toEqual(["00:01", "00:02", "00:03"]);
  });

  it("stops after an execution that ended in a given state", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *" }, { stopAfter: ["FAILED"] }), { endsAs: undefined });
    await world.pass(MINUTE);
    world.end("e1", "SUCCESS");
    await world.pass(MINUTE);
    world.end("e2", "FAILED");
    await world.pass(HOUR);
    expect(world.dates()).toEqual(["00:01", "00:02"]);
    expect(world.row()).toMatchObject({ disabled: true });
  });

  it("stops after an execution that ended at once, was restarted, and ended in a given state", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *" }), { endsAs: "SUCCESS" });
    await world.pass(MINUTE);
    await world.save([trigger({ cron: "* * * * *" }, { stopAfter: ["FAILED"] })]);
    world.end("e1", "FAILED");
    await world.pass(HOUR);
    expect(world.dates()).toEqual(["00:01"]);
    expect(world.row()).toMatchObject({ disabled: true });
  });

  it("creates a failed execution when its conditions can't be evaluated", async () => {
    const expression = {
      type: "io.kestra.plugin.core.condition.Expression",
      properties: { expression: "{{ nothing }}" },
    };
    const world = await worldWith(trigger({ cron: "* * * * *" }, { conditions: [expression] }));
    await world.pass(2 * MINUTE);
    expect(world.fired.map(({ failure }) => failure?.includes("Unable to find `nothing`"))).toEqual([true, true]);
  });

  it("gives its dates to conditions that name none", async () => {
    const before = {
      type: "io.kestra.plugin.core.condition.DateTimeBetween",
      properties: { before: "2024-01-01T00:03:00Z" },
    };
    const world = await worldWith(trigger({ cron: "* * * * *" }, { conditions: [before] }));
    await world.pass(5 * MINUTE);
    expect(world.fired.map(({ failure }) => failure)).toEqual([undefined, undefined]);
    expect(world.dates()).toEqual(["00:01", "00:02"]);
  });

  it("creates a failed execution when its inputs can't be rendered", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *" }, { inputs: { a: "{{ nothing }}" } }));
    await world.pass(MINUTE);
    expect(world.fired[0]?.failure).toContain("inputs or labels of the trigger can't be rendered");
  });

  it("waits for functions in its conditions", async () => {
    const world = createWorld();
    world.endsAs = "SUCCESS";
    const call = () => Promise.resolve("yes");
    world.parts = {
      environment: () => ({
        now: () => 0,
        random: () => 0,
        timeZone: "UTC",
        functions: { kv: { parameters: ["key"], call } },
      }),
    };
    const condition = {
      type: "io.kestra.plugin.core.condition.Expression",
      properties: { expression: "{{ kv('go') == 'yes' }}" },
    };
    await world.save([trigger({ cron: "* * * * *" }, { conditions: [condition] })]);
    await world.boot();
    await world.pass(2 * MINUTE);
    expect(world.dates()).toEqual(["00:01", "00:02"]);
  });

  it("goes on after an execution was refused, and says so in its log", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *" }));
    world.refuse = new RequestError("inputs-invalid", "missing required input");
    await world.pass(MINUTE);
    world.refuse = undefined;
    await world.pass(MINUTE);
    expect(world.dates()).toEqual(["00:02"]);
    expect(world.logs[0]).toMatchObject({ triggerId: "t", lines: [{ level: "WARN" }] });
  });

  it("never fires a date again of which it is unknown whether it was fired", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *" }));
    world.refuse = new Error("connection lost");
    await world.pass(MINUTE);
    world.refuse = undefined;
    await world.pass(3 * MINUTE);
    expect(world.dates()).toEqual([]);
    await world.boot();
    await world.pass(MINUTE);
    expect(world.dates()[0]).toBe("00:01");
  });

  it("with a mistake rests, and says why", async () => {
    const world = await worldWith(trigger({ cron: "61 * * * *" }));
    await world.pass(HOUR);
    expect(world.fired).toEqual([]);
    expect(world.logs[0]?.lines[0]?.message).toContain("the minute 61 is not between 0 and 59");
  });

  it("on given dates runs each of them, with its schedule date", async () => {
    const world = await worldWith(trigger({ dates: ["2024-01-01T03:00:00Z", "{{ '2024-01-01T02:00:00Z' }}"] }));
    await world.pass(24 * HOUR);
    expect(world.fired.map(({ scheduleDate }) => clockText(scheduleDate!))).toEqual(["02:00", "03:00"]);
  });
});

describe("a restart of the process", () => {
  it.each([
    ["ALL", ["00:01", "00:02", "00:03", "00:04"]],
    ["LAST", ["00:01", "00:04"]],
    ["NONE", ["00:01"]],
  ])("runs missed dates as told: %s", async (recoverMissedSchedules, expected) => {
    const world = await worldWith(trigger({ cron: "* * * * *", recoverMissedSchedules }));
    await world.pass(MINUTE);
    await world.scheduler.stop();
    world.now += 3 * MINUTE;
    await world.boot();
    await world.pass(0);
    expect(world.dates()).toEqual(expected);
  });

  it("lifts the lock of an execution that ended meanwhile, and keeps that of one that runs", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *" }), { endsAs: undefined });
    await world.pass(MINUTE);
    await world.boot();
    await world.pass(MINUTE);
    expect(world.dates()).toEqual(["00:01"]);
    world.executions.set("e1", { state: "SUCCESS" });
    await world.boot();
    await world.pass(0);
    expect(world.dates()).toEqual(["00:01", "00:02"]);
  });

  it("removes rows of triggers that are gone, and starts changed ones anew", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *" }));
    world.rows.set("flow/old", { ...world.row()!, triggerId: "old" });
    await world.scheduler.stop();
    const { scheduler } = world;
    world.scheduler = undefined as unknown as Scheduler;
    void world.save([trigger({ cron: "*/30 * * * *" })]);
    world.scheduler = scheduler;
    world.now += 10 * MINUTE;
    await world.boot();
    await world.pass(HOUR);
    expect(world.dates()).toEqual(["00:30", "01:00"]);
    expect([...world.rows.keys()]).toEqual(["flow/t"]);
  });
});

describe("a change of the flow", () => {
  it("keeps the dates of a trigger that stays as it is", async () => {
    const world = await worldWith(trigger({ cron: "0 * * * *" }), { endsAs: undefined });
    await world.pass(HOUR);
    await world.save([trigger({ cron: "0 * * * *" }), trigger({ cron: "30 * * * *" }, { id: "u" })]);
    expect(world.row()).toMatchObject({ executionId: "e1" });
    expect(world.rows.get("flow/u")?.nextDate).toBe(START + HOUR + HOUR / 2 - MINUTE / 2);
  });

  it("starts a schedule with another cron anew", async () => {
    const world = await worldWith(trigger({ cron: "0 * * * *" }));
    await world.save([trigger({ cron: "*/10 * * * *" })]);
    await world.pass(20 * MINUTE);
    expect(world.dates()).toEqual(["00:10", "00:20"]);
  });

  it("removes the rows of a deleted flow", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *" }));
    await world.remove();
    await world.pass(HOUR);
    expect([world.fired, [...world.rows]]).toEqual([[], []]);
  });

  it.each([
    ["flow", [trigger({ cron: "* * * * *" })], { disabled: true }],
    ["trigger", [trigger({ cron: "* * * * *" }, { disabled: true })], {}],
  ])("that disables the %s forgets its dates; enabling starts from now", async (_, triggers, flow) => {
    const world = await worldWith(trigger({ cron: "* * * * *" }));
    await world.save(triggers, flow);
    await world.pass(HOUR);
    expect(world.fired).toEqual([]);
    await world.save([trigger({ cron: "* * * * *" })]);
    await world.pass(MINUTE);
    expect(world.dates()).toEqual(["01:01"]);
  });
});

describe("a flow with triggers that are not looked at", () => {
  it.each([
    ["is disabled", trigger({ cron: "* * * * *" }, { disabled: true }), {}],
    ["is of a disabled flow", trigger({ cron: "* * * * *" }), { disabled: true }],
    ["can't be read", trigger({ cron: "never" }), {}],
  ])("has a row for one that %s, so that lists show it and people can change it", async (_, only, flow) => {
    const world = createWorld();
    await world.save([only], flow);
    await world.boot();
    expect(world.row()).toMatchObject({ ...world.key, disabled: false });
    expect(world.row()).not.toHaveProperty("nextDate");
    await world.pass(HOUR);
    expect(world.fired).toEqual([]);
    expect(await world.scheduler.setDisabled(world.key, true)).toMatchObject({ disabled: true });
    await world.remove();
    expect([...world.rows]).toEqual([]);
  });
});

describe("requests of people", () => {
  it("disable and enable a trigger", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *" }));
    expect(await world.scheduler.setDisabled(world.key, true)).toMatchObject({ disabled: true });
    await world.pass(HOUR);
    expect(await world.scheduler.setDisabled(world.key, false)).toMatchObject({ nextDate: world.now + MINUTE / 2 });
    await world.pass(MINUTE);
    expect(world.dates()).toEqual(["01:01"]);
  });

  it("unlock a trigger, or start it anew", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *" }), { endsAs: undefined });
    await world.pass(3 * MINUTE);
    await world.scheduler.unlock(world.key);
    await world.pass(0);
    expect(world.dates()).toEqual(["00:01", "00:02"]);
    await world.scheduler.restart(world.key);
    await world.pass(MINUTE);
    expect(world.dates()).toEqual(["00:01", "00:02", "00:04"]);
  });

  it("backfill a range, with a pause in between", async () => {
    const world = await worldWith(trigger({ cron: "0 * * * *" }), { endsAs: undefined });
    const start = START - 5 * HOUR;
    const backfill = {
      start,
      end: START,
      currentDate: start,
      paused: false,
      inputs: { a: "{{ trigger.date }}" },
      labels: [],
    };
    await world.scheduler.setBackfill(world.key, backfill);
    await world.pass(0);
    expect(world.dates()).toEqual(["20:00"]);
    expect(world.fired[0]?.inputs).toEqual({ a: "2023-12-31T20:00:00.000000Z" });
    await world.scheduler.setBackfill(world.key, { ...world.row()!.backfill!, paused: true });
    world.end("e1");
    await world.pass(0);
    expect(world.dates()).toEqual(["20:00"]);
    world.endsAs = "SUCCESS";
    await world.scheduler.setBackfill(world.key, { ...world.row()!.backfill!, paused: false });
    await world.pass(HOUR);
    expect(world.dates()).toEqual(["20:00", "21:00", "22:00", "23:00", "00:00", "01:00"]);
    expect(world.row()).not.toHaveProperty("backfill");
  });

  it("forget a trigger, which then begins anew", async () => {
    const world = await worldWith(trigger({ cron: "0 * * * *" }));
    await world.scheduler.setDisabled(world.key, true);
    const start = START - 5 * HOUR;
    const range = { start, end: START, currentDate: start, paused: true, inputs: {}, labels: [] };
    await world.scheduler.setBackfill(world.key, range);
    await world.pass(3 * HOUR);
    expect(await world.scheduler.forget(world.key)).toBe(true);
    expect(world.row()).toMatchObject({ disabled: false, nextDate: START + 4 * HOUR - MINUTE / 2 });
    expect(world.row()).not.toHaveProperty("backfill");
    await world.pass(HOUR);
    expect(world.dates()).toEqual(["04:00"]);
  });

  it("do not forget a trigger that an execution locks", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *" }), { endsAs: undefined });
    await world.pass(MINUTE);
    const before = world.row();
    expect(await world.scheduler.forget(world.key)).toBe(false);
    expect(world.row()).toEqual(before);
  });

  it("about an unknown trigger are answered with nothing", async () => {
    const world = await worldWith(trigger({ cron: "* * * * *" }));
    expect(await world.scheduler.unlock({ ...world.key, triggerId: "other" })).toBe(undefined);
    expect(await world.scheduler.forget({ ...world.key, triggerId: "other" })).toBe(undefined);
  });
});
