import { createMemoryStore, type MemorySnapshot } from "@capstan/store";
import { describe, expect, onTestFinished, test } from "vitest";
import { stoppedClock } from "../executor/test-kit/stopped-clock.ts";
import { NAMESPACE, runtimeByHand, TENANT, until } from "../executor/test-kit/runtime-by-hand.ts";
import { KEY_LENGTH_MAX } from "./control-values.ts";
import type { FlowControlPolicy } from "./rules.ts";

const NOW = Date.UTC(2026, 10, 27, 12, 0, 30);
const MINUTE_MS = 60_000;

/** A flow whose only task runs until the test ends it, with an input to tell its executions apart. */
const flow = (control: string, id = "f", namespace = NAMESPACE) => `
id: ${id}
namespace: ${namespace}
inputs:
  - {id: who, type: STRING, defaults: nobody}
  - {id: rank, type: INT, defaults: 0}
${control}
tasks: [{ id: slow, type: test.Echo, value: v }]
`;
const BY_CUSTOMER = 'key: "{{ inputs.who }}"';

interface WorldOptions {
  readonly from?: MemorySnapshot;
  readonly flowControl?: FlowControlPolicy;
}

async function world(flows: readonly string[], { from, flowControl }: WorldOptions = {}) {
  const store = createMemoryStore(from === undefined ? {} : { from });
  const clock = stoppedClock(NOW);
  const made = await runtimeByHand(store, flows, { clock, ...(flowControl === undefined ? {} : { flowControl }) });
  const { executions } = made.runtime;
  const names = new Map<string, string>();
  /** Starts an execution that the test calls `name`. */
  const start = async (
    name: string,
    who = "nobody",
    more: { flowId?: string; namespace?: string; rank?: number } = {},
  ) => {
    const { flowId = "f", namespace = NAMESPACE, rank = 0 } = more;
    const { id } = await executions.create({ tenant: TENANT, namespace, flowId, inputs: { who, rank } });
    names.set(name, id);
    return id;
  };
  const state = async (name: string) => (await executions.get(TENANT, names.get(name)!))?.row.state;
  return {
    ...made,
    store,
    clock,
    executions,
    names,
    start,
    row: async (name: string) => (await executions.get(TENANT, names.get(name)!))!.row,
    /** States of these, in this order. */
    states: async (...wanted: readonly string[]) => Promise.all(wanted.map(state)),
    reach: (name: string, wanted: string) => until(async () => ((await state(name)) === wanted ? true : undefined)),
    /** The task of a running execution ends, and with it the execution. */
    finish: async (name: string) => {
      const id = names.get(name)!;
      const { key } = await made.job(id, "slow");
      made.host.ended(key, { state: "SUCCESS" });
      await made.ended(id);
    },
    /** What a new process finds. */
    restarted: async (options: Omit<WorldOptions, "from"> = {}) => {
      const from = store.snapshot();
      await made.runtime.stop({ graceMs: 0 });
      const again = await world([], { ...options, from });
      for (const [name, id] of names) again.names.set(name, id);
      return again;
    },
  };
}

describe("a limit with a key", () => {
  test("holds for each value of its own", async () => {
    const { start, states, finish, reach } = await world([flow(`concurrency: {limit: 1, ${BY_CUSTOMER}}`)]);
    await start("a1", "ada");
    await start("a2", "ada");
    await start("b1", "bob");
    expect(await states("a1", "a2", "b1")).toEqual(["RUNNING", "QUEUED", "RUNNING"]);
    await finish("b1");
    expect(await states("a2")).toEqual(["QUEUED"]);
    await finish("a1");
    await reach("a2", "RUNNING");
  });

  test("says for whom it holds, in the history and while the execution waits", async () => {
    const { start, executions } = await world([flow(`concurrency: {limit: 1, ${BY_CUSTOMER}}`)]);
    const first = await start("a1", "ada");
    const second = await start("a2", "ada");
    const { waits, reasons } = await executions.explain(TENANT, second);
    const text = 'the concurrency limit of its flow for "ada" is 1';
    expect(waits).toMatchObject([{ kind: "slot", text: `a slot: ${text}`, slot: { position: 1, holders: [first] } }]);
    expect(reasons.at(-1)?.why).toMatchObject({ code: "limit-reached", text, executionIds: [first] });
  });

  test("of a longer text than is kept is told apart by its hash", async () => {
    const { start, states, row } = await world([flow(`concurrency: {limit: 1, ${BY_CUSTOMER}}`)]);
    const long = "x".repeat(KEY_LENGTH_MAX);
    await start("fits", long);
    await start("same", long);
    await start("longer", `${long}y`);
    await start("other", `${long}z`);
    expect(await states("fits", "same", "longer", "other")).toEqual(["RUNNING", "QUEUED", "RUNNING", "RUNNING"]);
    expect((await row("fits")).control?.keys).toEqual({ "{{ inputs.who }}": long });
    expect(Object.values((await row("longer")).control?.keys ?? {})[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test("that can't be rendered fails the execution and says why", async () => {
    const { start, row } = await world([flow(`concurrency: {limit: 1, key: "{{ fromJson(inputs.who).id }}"}`)]);
    await start("bad", "no json");
    expect(await row("bad")).toMatchObject({ state: "FAILED", error: expect.stringContaining("can't be rendered") });
  });
});

describe("several limits", () => {
  const BOTH = `concurrency: [{limit: 1, ${BY_CUSTOMER}}, {limit: 2}]`;

  test("must all let an execution run, and it says which one doesn't", async () => {
    const { start, states, executions, finish, reach } = await world([flow(BOTH)]);
    await start("a1", "ada");
    await start("b1", "bob");
    await start("a2", "ada");
    const third = await start("c1", "cy");
    expect(await states("a1", "b1", "a2", "c1")).toEqual(["RUNNING", "RUNNING", "QUEUED", "QUEUED"]);
    expect((await executions.explain(TENANT, third)).waits[0]?.text).toBe(
      "a slot: the concurrency limit of its flow is 2",
    );
    await finish("a1");
    await reach("c1", "RUNNING");
    // The place of ada went to the second one, which waits behind the other limit then.
    expect(await states("a2")).toEqual(["QUEUED"]);
    await finish("b1");
    await reach("a2", "RUNNING");
  });

  test("of namespaces and tenants hold for all their flows", async () => {
    const concurrency = [
      { namespace: "company.sales", limit: 1, behavior: "QUEUE" as const },
      { tenant: TENANT, limit: 3, behavior: "CANCEL" as const },
      { tenant: "another", limit: 1, behavior: "FAIL" as const },
    ];
    const flows = [
      flow("", "f"),
      flow("", "g", "company.sales.east"),
      flow("", "h", "company.sales"),
      flow("", "i", "company.salesforce"),
    ];
    const { start, states, row } = await world(flows, { flowControl: { concurrency, quotas: [], tasks: [] } });
    await start("g", "", { flowId: "g", namespace: "company.sales.east" });
    await start("h", "", { flowId: "h", namespace: "company.sales" });
    await start("i", "", { flowId: "i", namespace: "company.salesforce" });
    await start("f1");
    await start("f2");
    expect(await states("g", "h", "i", "f1", "f2")).toEqual(["RUNNING", "QUEUED", "RUNNING", "RUNNING", "CANCELLED"]);
    expect((await row("h")).notes).toMatchObject([{ code: "limited", limit: 1, scope: "the namespace company.sales" }]);
    expect((await row("f2")).notes).toMatchObject([{ code: "limited", limit: 3, scope: "the tenant main" }]);
  });

  test("one that the second limit refuses gives the place of the first to the next", async () => {
    const concurrency = [{ tenant: TENANT, limit: 2, behavior: "CANCEL" as const }];
    const flows = [flow("concurrency: {limit: 1}"), flow("", "g")];
    const { start, states, finish, reach } = await world(flows, {
      flowControl: { concurrency, quotas: [], tasks: [] },
    });
    await start("g1", "", { flowId: "g" });
    await start("g2", "", { flowId: "g" });
    await start("f1");
    expect(await states("f1")).toEqual(["CANCELLED"]);
    await finish("g1");
    await start("f2");
    await start("f3");
    expect(await states("f2", "f3")).toEqual(["RUNNING", "QUEUED"]);
    await start("g3", "", { flowId: "g" });
    expect(await states("g3")).toEqual(["CANCELLED"]);
    await finish("f2");
    await reach("f3", "RUNNING");
  });
});

describe("who waits is let in", () => {
  test("by priority, and those of one priority in the order in which they came", async () => {
    const { start, states, finish, reach } = await world([
      flow('concurrency: {limit: 1}\npriority: "{{ inputs.rank }}"'),
    ]);
    await start("runs");
    await start("low", "", { rank: -1 });
    await start("first", "", { rank: 5 });
    await start("second", "", { rank: 5 });
    await finish("runs");
    await reach("first", "RUNNING");
    await finish("first");
    await reach("second", "RUNNING");
    await finish("second");
    await reach("low", "RUNNING");
    expect(await states("low")).toEqual(["RUNNING"]);
  });

  test("by turns of the namespaces behind a limit that they share", async () => {
    const flowControl = { concurrency: [{ limit: 1, behavior: "QUEUE" as const }], quotas: [], tasks: [] };
    const { start, finish, reach } = await world([flow("", "a", "x"), flow("", "b", "y")], { flowControl });
    for (const name of ["a1", "a2", "a3"]) await start(name, "", { flowId: "a", namespace: "x" });
    await start("b1", "", { flowId: "b", namespace: "y" });
    await finish("a1");
    await reach("a2", "RUNNING");
    await finish("a2");
    await reach("b1", "RUNNING");
    await finish("b1");
    await reach("a3", "RUNNING");
  });

  test("not with a priority that is none: such an execution fails and says why", async () => {
    const { start, row, states } = await world([flow('priority: "{{ inputs.rank }}"')]);
    await start("most", "", { rank: 100 });
    await start("more", "", { rank: 101 });
    expect(await states("most")).toEqual(["RUNNING"]);
    expect(await row("more")).toMatchObject({ state: "FAILED", error: expect.stringContaining("from -100 to 100") });
  });
});

describe("REPLACE", () => {
  test("ends the oldest that runs, and the new one runs once that has ended", async () => {
    const { start, states, names, host, job, ended, executions, killed } = await world([
      flow(`concurrency: {limit: 1, behavior: REPLACE, ${BY_CUSTOMER}}`),
    ]);
    await start("old", "ada");
    await start("other", "bob");
    const { key } = await job(names.get("old")!, "slow");
    host.started(key, NOW);
    await start("new", "ada");
    await until(() => (killed.includes(key) ? true : undefined));
    expect(await states("old", "new", "other")).toEqual(["KILLING", "QUEUED", "RUNNING"]);
    host.ended(key, { state: "KILLED" });
    await ended(names.get("old")!);
    await job(names.get("new")!, "slow");
    expect(await states("old", "new", "other")).toEqual(["KILLED", "RUNNING", "RUNNING"]);
    const { entries } = await executions.history(TENANT, names.get("old")!);
    const why = { code: "superseded", executionIds: [names.get("new")] };
    expect(entries.find(({ taskRun, to }) => taskRun === undefined && to === "KILLING")?.why).toMatchObject(why);
  });

  test("of several that come meanwhile only the last one runs", async () => {
    const { start, states, names, host, job, ended, reach, killed } = await world([
      flow("concurrency: {limit: 2, behavior: REPLACE}"),
    ]);
    await start("one");
    await start("two");
    const { key } = await job(names.get("one")!, "slow");
    host.started(key, NOW);
    await start("three");
    await start("four");
    await start("five");
    await reach("four", "CANCELLED");
    expect(await states("one", "two", "three", "four", "five")).toEqual([
      "KILLING",
      "RUNNING",
      "CANCELLED",
      "CANCELLED",
      "QUEUED",
    ]);
    expect(killed).toEqual([key]);
    host.ended(key, { state: "KILLED" });
    await ended(names.get("one")!);
    await reach("five", "RUNNING");
  });
});

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

  test("comes before a limit: who waited for a place is not counted again after a restart", async () => {
    const control = "concurrency: {limit: 1}\nquotas: [{duration: PT1H, limit: 2}]";
    const first = await world([flow(control)]);
    await first.start("a");
    await first.start("b");
    await first.start("c");
    const second = await first.restarted();
    await second.reach("a", "RUNNING");
    expect((await second.row("c")).notes).toMatchObject([{ code: "limited", window: { durationMs: 3_600_000 } }]);
    second.clock.pass(60 * MINUTE_MS);
    await second.start("d");
    await second.start("e");
    // Of this hour: c and d.
    expect((await second.row("e")).notes).toMatchObject([{ window: { durationMs: 3_600_000 } }]);
    expect((await second.row("d")).notes).toMatchObject([{ code: "limited", limit: 1 }]);
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

describe("after a restart", () => {
  test("who ran has its place, and who waited comes in the same order", async () => {
    const first = await world([flow(`concurrency: [{limit: 1, ${BY_CUSTOMER}}, {limit: 2}]`)]);
    await first.start("a1", "ada");
    await first.start("b1", "bob");
    first.clock.pass(1);
    await first.start("a2", "ada");
    first.clock.pass(1);
    await first.start("c1", "cy");
    const notes = (await first.row("c1")).notes;
    const again = await first.restarted();
    expect(await again.states("a1", "b1", "a2", "c1")).toEqual(["RUNNING", "RUNNING", "QUEUED", "QUEUED"]);
    // Nothing happened to it, so nothing is noted.
    expect((await again.row("c1")).notes).toEqual(notes);
    await again.finish("a1");
    await again.reach("c1", "RUNNING");
    await again.finish("b1");
    await again.reach("a2", "RUNNING");
  });

  test("the limits are those that the flow and the configuration have now", async () => {
    const first = await world([flow("concurrency: {limit: 1}")]);
    for (const name of ["a", "b", "c"]) {
      await first.start(name);
      first.clock.pass(1);
    }
    await first.runtime.flows.save(TENANT, flow("concurrency: {limit: 2}"), { mode: "apply" });
    await first.reach("b", "RUNNING");
    const flowControl = {
      concurrency: [{ namespace: NAMESPACE, limit: 2, behavior: "QUEUE" as const }],
      quotas: [],
      tasks: [],
    };
    const again = await first.restarted({ flowControl });
    expect(await again.states("a", "b", "c")).toEqual(["RUNNING", "RUNNING", "QUEUED"]);
    await again.runtime.flows.save(TENANT, flow(""), { mode: "apply" });
    await again.finish("a");
    await again.reach("c", "RUNNING");
  });
});

test("a limit that a flow gets while executions run counts them", async () => {
  const { start, states, runtime, finish, reach } = await world([flow("")]);
  await start("a");
  await runtime.flows.save(TENANT, flow("concurrency: {limit: 1}"), { mode: "apply" });
  await start("b");
  expect(await states("a", "b")).toEqual(["RUNNING", "QUEUED"]);
  await finish("a");
  await reach("b", "RUNNING");
});

test("one that a person lets run counts like the others", async () => {
  const { start, states, executions, names, finish, reach } = await world([flow("concurrency: {limit: 1}")]);
  await start("a");
  await start("b");
  await start("c");
  await executions.forceRun(TENANT, names.get("b")!);
  await finish("a");
  expect(await states("b", "c")).toEqual(["RUNNING", "QUEUED"]);
  await finish("b");
  await reach("c", "RUNNING");
});
