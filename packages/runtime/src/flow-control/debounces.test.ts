import { describe, expect, onTestFinished, test } from "vitest";
import { NAMESPACE, TENANT } from "../executor/test-kit/runtime-by-hand.ts";
import { BY_CUSTOMER, flow, MINUTE_MS, NOW, world } from "./test-kit/waiting-world.ts";

describe("a debounce", () => {
  const DEBOUNCE = `debounce: {period: PT1M, maxWait: PT2M, ${BY_CUSTOMER}}`;

  test("runs the last of executions that follow each other closely", async () => {
    const { start, states, clock, reach, row, executions, names } = await world([flow(DEBOUNCE)]);
    await start("a1", "ada");
    await start("b1", "bob");
    clock.pass(30_000);
    await start("a2", "ada");
    await reach("a1", "CANCELLED");
    expect(await states("a1", "a2", "b1")).toEqual(["CANCELLED", "CREATED", "CREATED"]);
    expect((await row("a1")).notes).toMatchObject([{ code: "superseded", executionId: names.get("a2") }]);
    expect((await executions.explain(TENANT, names.get("a2")!)).waits).toMatchObject([
      { kind: "timer", until: NOW + 90_000, text: expect.stringContaining("debounce") },
    ]);
    clock.pass(30_000);
    await reach("b1", "RUNNING");
    clock.pass(30_000);
    await reach("a2", "RUNNING");
    await start("a3", "ada");
    expect(await states("a2", "a3")).toEqual(["RUNNING", "CREATED"]);
  });

  test("puts off no longer than it may", async () => {
    const { start, clock, reach, row } = await world([flow(DEBOUNCE)]);
    await start("a1", "ada");
    for (const name of ["a2", "a3", "a4"]) {
      clock.pass(35_000);
      await start(name, "ada");
    }
    expect((await row("a4")).scheduleDate).toBe(NOW + 2 * MINUTE_MS);
    clock.pass(15_000);
    await reach("a4", "RUNNING");
  });

  test("goes on after a restart, also when two wait of which one was to end", async () => {
    const first = await world([flow(DEBOUNCE)]);
    await first.start("a1", "ada");
    first.clock.pass(10_000);
    const before = first.store.snapshot();
    await first.start("a2", "ada");
    const older = await first.row("a2");
    const again = await world([], { from: before });
    onTestFinished(() => again.runtime.stop({ graceMs: 0 }));
    await again.store.commit({ executions: [older] });
    const third = await again.restarted();
    third.names.set("a1", first.names.get("a1")!).set("a2", older.id);
    await third.reach("a1", "CANCELLED");
    third.clock.pass(MINUTE_MS + 10_000);
    await third.reach("a2", "RUNNING");
  });

  test("does not put off what has a date of its own", async () => {
    const { executions, row, names } = await world([flow(DEBOUNCE)]);
    const scheduleDate = NOW + 5 * MINUTE_MS;
    const of = { tenant: TENANT, namespace: NAMESPACE, flowId: "f", scheduleDate };
    names.set("a", (await executions.create(of)).id).set("b", (await executions.create(of)).id);
    expect([(await row("a")).state, (await row("b")).scheduleDate]).toEqual(["CREATED", scheduleDate]);
  });
});
