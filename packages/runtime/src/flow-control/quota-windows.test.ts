import { describe, expect, test } from "vitest";
import { TENANT, until } from "../executor/test-kit/runtime-by-hand.ts";
import { BY_CUSTOMER, flow, MINUTE_MS, NOW, world } from "./test-kit/waiting-world.ts";

describe("a quota", () => {
  const QUOTA = "quotas: [{duration: PT1M, limit: 2, behavior: QUEUE}]";

  test("lets so many start in a minute by the clock, and the others when the next begins", async () => {
    const { start, states, clock, reach, executions } = await world([flow(QUOTA)]);
    await start("a");
    await start("b");
    await start("c");
    const last = await start("d");
    expect(await states("a", "b", "c", "d")).toEqual(["RUNNING", "RUNNING", "QUEUED", "QUEUED"]);
    expect((await executions.explain(TENANT, last)).waits).toMatchObject([
      {
        until: NOW + 30_000,
        text: "the next time of a quota: the quota of its flow is 2 in PT1M",
        slot: { position: 2 },
      },
    ]);
    clock.pass(29_999);
    expect(await states("c")).toEqual(["QUEUED"]);
    clock.pass(1);
    await reach("c", "RUNNING");
    await reach("d", "RUNNING");
    await start("e");
    expect(await states("e")).toEqual(["QUEUED"]);
    clock.pass(MINUTE_MS);
    await reach("e", "RUNNING");
  });

  test.each([
    ["CANCEL", "CANCELLED"],
    ["FAIL", "FAILED"],
  ])("with %s refuses", async (behavior, state) => {
    const { start, states, executions } = await world([
      flow(`quotas: [{duration: PT1H, limit: 1, behavior: ${behavior}}]`),
    ]);
    await start("a");
    const refused = await start("b");
    expect(await states("a", "b")).toEqual(["RUNNING", state]);
    const { reasons } = await executions.explain(TENANT, refused);
    expect(reasons.map(({ why }) => why?.code)).toContain("quota-reached");
  });

  test("counts what started before a restart, and no execution twice", async () => {
    const first = await world([flow(`quotas: [{duration: PT1H, limit: 2}]`)]);
    await first.start("a");
    const second = await first.restarted();
    await second.start("b");
    await second.start("c");
    expect(await second.states("a", "b", "c")).toEqual(["RUNNING", "RUNNING", "QUEUED"]);
    const third = await second.restarted();
    expect(await third.states("a", "b", "c")).toEqual(["RUNNING", "RUNNING", "QUEUED"]);
    third.clock.pass(60 * MINUTE_MS);
    await third.reach("c", "RUNNING");
  });

  test("is counted no more for what is restarted", async () => {
    const { start, states, host, job, names, ended, executions, reach } = await world([
      flow("quotas: [{duration: PT1H, limit: 1, behavior: FAIL}]"),
    ]);
    await start("a");
    host.ended((await job(names.get("a")!, "slow")).key, { state: "FAILED" });
    await ended(names.get("a")!);
    await executions.restart(TENANT, names.get("a")!);
    await reach("a", "RUNNING");
    await start("b");
    expect(await states("b")).toEqual(["FAILED"]);
  });

  test("counts who runs, and not who waits for a place", async () => {
    const control = "concurrency: {limit: 1}\nquotas: [{duration: PT1M, limit: 1}]";
    const { start, states, clock, finish, reach, row } = await world([flow(control)]);
    await start("a");
    await start("b");
    clock.pass(MINUTE_MS);
    await start("c");
    // A new window has room; the place does not.
    await until(async () => ((await row("b")).notes?.at(-1)?.code === "limited" ? true : undefined));
    clock.pass(MINUTE_MS);
    await finish("a");
    await reach("b", "RUNNING");
    expect(await states("c")).toEqual(["QUEUED"]);
    await finish("b");
    clock.pass(MINUTE_MS);
    await reach("c", "RUNNING");
  });

  test("that refuses counts who comes, as Kestra's do, also those that wait for a place", async () => {
    const control = "concurrency: {limit: 1}\nquotas: [{duration: PT1H, limit: 2, behavior: CANCEL}]";
    const first = await world([flow(control)]);
    await first.start("a");
    await first.start("b");
    await first.start("c");
    expect(await first.states("a", "b", "c")).toEqual(["RUNNING", "QUEUED", "CANCELLED"]);
    const again = await first.restarted();
    await again.start("d");
    expect(await again.states("b", "d")).toEqual(["QUEUED", "CANCELLED"]);
    await again.finish("a");
    await again.reach("b", "RUNNING");
  });

  test("is not asked by one that went on after its end and waits for a place, also after a restart", async () => {
    const control = "concurrency: {limit: 1}\nquotas: [{duration: PT1H, limit: 2}]";
    const first = await world([flow(control)]);
    await first.start("a");
    first.host.ended((await first.job(first.names.get("a")!, "slow")).key, { state: "FAILED" });
    await first.ended(first.names.get("a")!);
    await first.start("b");
    await first.executions.restart(TENANT, first.names.get("a")!);
    await first.reach("a", "QUEUED");
    const again = await first.restarted();
    await again.finish("b");
    await again.reach("a", "RUNNING");
  });

  test("keeps no count of windows that are over", async () => {
    const { start, clock, store, restarted } = await world([
      flow(`quotas: [{duration: PT1M, limit: 1, ${BY_CUSTOMER}}]`),
    ]);
    await start("a", "ada");
    await start("b", "bob");
    expect(await store.documents.ofKind("quota")).toHaveLength(2);
    clock.pass(MINUTE_MS);
    const again = await restarted();
    again.clock.pass(MINUTE_MS);
    await again.start("c", "cy");
    expect((await again.store.documents.ofKind("quota")).map(({ body }) => body)).toMatchObject([{ count: 1 }]);
  });
});
