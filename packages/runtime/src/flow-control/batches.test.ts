import { describe, expect, onTestFinished, test } from "vitest";
import { NAMESPACE, TENANT } from "../executor/test-kit/runtime-by-hand.ts";
import { BATCH_LENGTH_MAX, OPEN_BATCHES_MAX } from "./batches.ts";
import { BY_CUSTOMER, flow, MINUTE_MS, NOW, world } from "./test-kit/waiting-world.ts";

const BATCH = `batch: {maxSize: 3, timeout: PT1M, ${BY_CUSTOMER}}`;

describe("a batch", () => {
  test("takes starts of one key together, and begins when it is full", async () => {
    const { start, states, reach, row } = await world([flow(BATCH)]);
    const first = await start("a1", "ada");
    expect(await start("b1", "bob")).not.toBe(first);
    expect(await start("a2", "ada")).toBe(first);
    expect(await states("a1", "b1")).toEqual(["CREATED", "CREATED"]);
    expect((await row("a1")).scheduleDate).toBe(NOW + MINUTE_MS);
    expect(await start("a3", "ada")).toBe(first);
    await reach("a1", "RUNNING");
    const { batch } = await row("a1");
    expect(batch!.items.map(({ inputs }) => inputs["who"])).toEqual(["ada", "ada", "ada"]);
    expect(await start("a4", "ada")).not.toBe(first);
    expect(await states("a4", "b1")).toEqual(["CREATED", "CREATED"]);
  });

  test("takes starts that come at the same moment, in the order in which they came", async () => {
    const { executions, row, names, reach } = await world([flow("batch: {maxSize: 5, timeout: PT1M}")]);
    const of = { tenant: TENANT, namespace: NAMESPACE, flowId: "f" };
    const started = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((rank) => executions.create({ ...of, inputs: { who: "ada", rank } })),
    );
    expect(new Set(started.slice(0, 5).map(({ id }) => id)).size).toBe(1);
    expect(started[5]!.id).not.toBe(started[0]!.id);
    names.set("a", started[0]!.id);
    await reach("a", "RUNNING");
    expect((await row("a")).batch!.items.map(({ inputs }) => inputs["rank"])).toEqual([1, 2, 3, 4, 5]);
  });

  test("begins when its time is over, which the first start began", async () => {
    const { start, clock, reach, states, row, store } = await world([flow(BATCH)]);
    await start("a1", "ada");
    clock.pass(40_000);
    await start("a2", "ada");
    clock.pass(19_999);
    expect(await states("a1")).toEqual(["CREATED"]);
    clock.pass(1);
    await reach("a1", "RUNNING");
    const { batch, id } = await row("a1");
    expect(batch!.items.map(({ date }) => date)).toEqual([NOW, NOW + 40_000]);
    expect(await store.addedStarts.of([{ tenant: TENANT, id }])).toEqual([]);
    expect(await store.timers.all()).toEqual([]);
  });

  test("leaves no timer when it begins before its time", async () => {
    const { start, reach, store } = await world([flow("batch: {maxSize: 2, timeout: P366D}")]);
    await start("a1");
    expect(await store.timers.all()).toHaveLength(1);
    await start("a2");
    await reach("a1", "RUNNING");
    expect(await store.timers.all()).toEqual([]);
  });

  test("costs one row for each start, until it begins", async () => {
    const { start, store } = await world([flow(BATCH)]);
    const id = await start("a1", "ada");
    await start("a2", "ada");
    const before = await store.executions.get(TENANT, id);
    expect(before!.batch).toBeUndefined();
    expect((await store.addedStarts.of([{ tenant: TENANT, id }])).map(({ number }) => number)).toEqual([1]);
  });

  test("answers each start with its own inputs", async () => {
    const { executions } = await world([flow("batch: {maxSize: 3, timeout: PT1M}")]);
    const of = { tenant: TENANT, namespace: NAMESPACE, flowId: "f" };
    const first = await executions.create({ ...of, inputs: { who: "ada" } });
    const second = await executions.create({ ...of, inputs: { who: "bob" }, labels: [{ key: "team", value: "b" }] });
    expect(second).toMatchObject({ id: first.id, state: "CREATED", inputs: { who: "bob" } });
    expect(second.labels).toContainEqual({ key: "team", value: "b" });
  });

  test("shows all its starts to expressions", async () => {
    const { start, reach, executions, names } = await world([flow(BATCH)]);
    for (const name of ["a1", "a2", "a3"]) await start(name, "ada", { rank: Number(name[1]) });
    await reach("a1", "RUNNING");
    const shown = (expression: string) => executions.evaluate(TENANT, names.get("a1")!, undefined, expression);
    expect(await shown("{{ batch.size }} {{ batch.key }} {{ inputs.rank }}")).toBe("3 ada 1");
    expect(await shown("{% for start in batch.items %}{{ start.inputs.rank }};{% endfor %}")).toBe("1;2;3;");
    expect(await shown("{{ batch.items[0].id == execution.id }} {{ batch.items[2].date }}")).toBe(
      "true 2026-11-27T12:00:30.000Z",
    );
  });

  test("is one start for those that somebody knows by their ids, or that have a date of their own", async () => {
    const { executions, reach, row, names, start } = await world([flow(BATCH)]);
    await start("a1", "ada");
    const scheduleDate = NOW + 5 * MINUTE_MS;
    const of = { tenant: TENANT, namespace: NAMESPACE, flowId: "f", inputs: { who: "ada" } };
    names.set("dated", (await executions.create({ ...of, scheduleDate })).id);
    names.set("tried", (await executions.create({ ...of, kind: "TEST" })).id);
    expect((await row("dated")).scheduleDate).toBe(scheduleDate);
    await reach("tried", "RUNNING");
    expect(await executions.evaluate(TENANT, names.get("tried")!, undefined, "{{ batch.size }}")).toBe("1");
  });

  test("counts as one for limits and quotas", async () => {
    const limits = "concurrency: {limit: 1}\nquotas: [{duration: PT1H, limit: 2}]";
    const { start, states, reach, finish } = await world([flow(`batch: {maxSize: 2, timeout: PT1M}\n${limits}`)]);
    for (const name of ["a1", "a2", "b1", "b2", "c1", "c2"]) await start(name);
    await reach("c1", "QUEUED");
    expect(await states("a1", "b1")).toEqual(["RUNNING", "QUEUED"]);
    await finish("a1");
    await reach("b1", "RUNNING");
    await finish("b1");
    expect(await states("c1")).toEqual(["QUEUED"]);
  });

  test("a start that is refused is in none, and one that fails is by itself", async () => {
    const checks = `checks: [{condition: "{{ inputs.who != 'eve' }}", message: no, behavior: FAIL_EXECUTION}]`;
    const { start, row, executions } = await world([flow(`batch: {maxSize: 2, timeout: PT1M}\n${checks}`)]);
    const first = await start("a1", "ada");
    const bad = { tenant: TENANT, namespace: NAMESPACE, flowId: "f", inputs: { rank: "x" } };
    await expect(executions.create(bad)).rejects.toMatchObject({ code: "inputs-invalid" });
    expect(await start("e1", "eve")).not.toBe(first);
    expect(await row("e1")).toMatchObject({ state: "FAILED", error: "no" });
    expect(await start("a2", "ada")).toBe(first);
  });

  test("that is killed takes its starts with it, and the next ones come to another", async () => {
    const { start, executions, row, reach, store } = await world([flow(BATCH)]);
    const id = await start("a1", "ada");
    await start("a2", "ada");
    await executions.kill(TENANT, id);
    expect((await row("a1")).batch!.items).toHaveLength(2);
    expect((await row("a1")).state).toBe("KILLED");
    expect(await store.addedStarts.of([{ tenant: TENANT, id }])).toEqual([]);
    expect(await start("a3", "ada")).not.toBe(id);
    expect((await row("a3")).state).toBe("CREATED");
    const { row: again } = await executions.replay(TENANT, id);
    await reach("a1", "KILLED");
    expect(again.batch!.items).toHaveLength(2);
    expect(await executions.evaluate(TENANT, again.id, undefined, "{{ batch.size }}")).toBe("2");
  });

  test("a start whose turn comes after a kill goes to another one", async () => {
    const { start, executions, row } = await world([flow(BATCH)]);
    const id = await start("a1", "ada");
    const killed = executions.kill(TENANT, id);
    const other = await start("a2", "ada");
    await killed;
    expect(other).not.toBe(id);
    expect((await row("a1")).batch!.items).toHaveLength(1);
    expect((await row("a2")).state).toBe("CREATED");
  });

  test("may be forced to begin", async () => {
    const { start, executions, row } = await world([flow(BATCH)]);
    const id = await start("a1", "ada");
    await start("a2", "ada");
    await executions.forceRun(TENANT, id);
    expect(await row("a1")).toMatchObject({ state: "RUNNING", batch: { items: [{}, {}] } });
    expect(await start("a3", "ada")).not.toBe(id);
  });

  test("begins when its flow changes, under the revision that it began with", async () => {
    const { start, reach, row, runtime } = await world([flow(BATCH)]);
    const id = await start("a1", "ada");
    await runtime.flows.save(TENANT, flow("batch: {maxSize: 5, timeout: PT5M}"));
    await reach("a1", "RUNNING");
    expect((await row("a1")).flowRevision).toBe(1);
    expect(await start("a2", "ada")).not.toBe(id);
    expect((await row("a2")).scheduleDate).toBe(NOW + 5 * MINUTE_MS);
    await runtime.flows.delete({ tenant: TENANT, namespace: NAMESPACE, id: "f" });
    await reach("a2", "RUNNING");
  });
});

describe("limits of batches", () => {
  test("a start that makes one too long begins it, and is the first of the next", async () => {
    const { start, row, reach } = await world([flow("batch: {maxSize: 100, timeout: PT1M}")]);
    const half = "x".repeat(BATCH_LENGTH_MAX / 2 - 200);
    const first = await start("a1", half);
    expect(await start("a2", half)).toBe(first);
    expect((await row("a1")).state).toBe("CREATED");
    expect(await start("a3", "y".repeat(400))).not.toBe(first);
    await reach("a1", "RUNNING");
    expect((await row("a3")).state).toBe("CREATED");
    await start("long", "x".repeat(BATCH_LENGTH_MAX));
    await reach("a3", "RUNNING");
    await reach("long", "RUNNING");
  });

  test("of one flow so many wait, and one more begins the oldest", async () => {
    const { start, states, reach } = await world([flow(BATCH)]);
    for (let number = 0; number < OPEN_BATCHES_MAX; number += 1) await start(`n${number}`, `customer ${number}`);
    expect(await states("n0", "n1")).toEqual(["CREATED", "CREATED"]);
    await start("more", "one more");
    await reach("n0", "RUNNING");
    expect(await states("n1", "more")).toEqual(["CREATED", "CREATED"]);
  });
});

describe("after the end of the process", () => {
  test("starts are where they were, and others are added", async () => {
    const first = await world([flow(BATCH)]);
    await first.start("a1", "ada");
    await first.start("a2", "ada");
    first.clock.pass(10_000);
    const again = await first.restarted();
    onTestFinished(() => again.runtime.stop({ graceMs: 0 }));
    expect(await again.start("a3", "ada")).toBe(first.names.get("a1"));
    await again.reach("a1", "RUNNING");
    expect((await again.row("a1")).batch!.items).toHaveLength(3);
  });

  test("what was full, or is not of the latest revision, begins", async () => {
    const first = await world([flow(BATCH), flow(BATCH, "g")]);
    const id = await first.start("a1", "ada");
    await first.start("g1", "ada", { flowId: "g" });
    const item = { id: "other", date: NOW, inputs: {} };
    const before = first.store.snapshot();
    const between = await world([], { from: before });
    await between.store.commit({
      addedStarts: [1, 2].map((number) => ({ tenant: TENANT, executionId: id, number, item })),
      flows: [{ ...(await between.store.flows.get({ tenant: TENANT, namespace: NAMESPACE, id: "g" }))!, revision: 2 }],
    });
    const again = await between.restarted();
    onTestFinished(() => again.runtime.stop({ graceMs: 0 }));
    for (const [name, executionId] of first.names) again.names.set(name, executionId);
    await again.reach("a1", "RUNNING");
    expect((await again.row("a1")).batch!.items).toHaveLength(3);
    await again.reach("g1", "RUNNING");
  });
});

test("an open batch says how full it is, and when it begins", async () => {
  const { start, runtime, executions } = await world([flow(BATCH)]);
  const id = await start("a1", "ada");
  await start("a2", "ada");
  expect(runtime.queues(TENANT)).toEqual([
    {
      kind: "BATCH",
      where: { namespace: NAMESPACE, flowId: "f" },
      key: "ada",
      limit: 3,
      running: 0,
      waiting: 2,
      holders: [],
      next: [id],
      since: NOW,
      window: { durationMs: MINUTE_MS, endsAt: NOW + MINUTE_MS },
    },
  ]);
  expect((await executions.explain(TENANT, id)).waits).toMatchObject([
    { kind: "timer", until: NOW + MINUTE_MS, text: "its batch to be full: 2 of 3 starts are in it" },
  ]);
});
