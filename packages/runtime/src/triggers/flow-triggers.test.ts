import { createMemoryStore, type FlowQueries, type MemoryStore, type Store } from "@capstan/store";
import { pino } from "pino";
import { expect, test } from "vitest";
import { systemClock, type Clock } from "../clock.ts";
import { NAMESPACE, runtimeByHand, TENANT, until } from "../executor/test-kit/runtime-by-hand.ts";

const TASKS = "tasks: [{ id: t, type: test.InlineEcho, value: v }]";
const plain = (id: string) => `id: ${id}\nnamespace: ${NAMESPACE}\n${TASKS}`;
const waitsFor = (flows: readonly string[]) =>
  `{ id: all, flows: [${flows.map((flowId) => `{ namespace: ${NAMESPACE}, flowId: ${flowId}, states: [SUCCESS] }`).join(", ")}]`;
const gatherer = (id: string, flows: readonly string[], window = "") => `${plain(id)}
triggers: [{ id: all, type: io.kestra.plugin.core.trigger.Flow, preconditions: ${waitsFor(flows)}${window} } }]`;

/** The same store, in which one flow can't be read. */
function withoutFlow(store: Store, id: string): Store {
  const get: FlowQueries["get"] = (key, options) =>
    key.id === id ? Promise.reject(new Error("the disk does not answer")) : store.flows.get(key, options);
  return { ...store, flows: { ...store.flows, get } };
}

async function fires(store: Store, flowId: string): Promise<number> {
  return (await store.executions.search({ tenant: TENANT, flowId }, { offset: 0, limit: 100 })).total;
}

const notesIn = async (store: Store) =>
  (await store.messages.all()).filter(({ id }) => id.startsWith("flow-triggers/"));

/** Waits until the changes that were noted have been looked at, but for some. */
const lookedAt = (store: Store, left = 0) =>
  until(async () => ((await store.messages.all()).length <= left ? true : undefined));

async function process(
  snapshot: MemoryStore,
  flows: readonly string[],
  options: { clock?: Clock; without?: string } = {},
) {
  const store = createMemoryStore({ from: snapshot.snapshot() });
  const { without, ...rest } = options;
  const world = await runtimeByHand(without === undefined ? store : withoutFlow(store, without), flows, rest);
  return { store, run: async (flowId: string) => world.ended((await world.create(flowId)).id) };
}

const emptyStore = async (): Promise<MemoryStore> => {
  const store = createMemoryStore();
  await store.start();
  return store;
};

test("an end that one trigger counted is not counted again because another trigger could not look at it", async () => {
  const flows = [plain("a"), plain("b"), gatherer("both", ["a", "b"]), gatherer("other", ["a", "b"])];
  const first = await process(await emptyStore(), flows);
  const second = await process(first.store, [], { without: "other" });
  await second.run("a");
  await second.run("b");
  await until(async () => ((await fires(second.store, "both")) === 1 ? true : undefined));

  const third = await process(second.store, []);
  await lookedAt(third.store);
  await third.run("b");
  await lookedAt(third.store);
  expect(await fires(third.store, "both")).toBe(1);
});

test("an end that is looked at after a restart counts when it happened", async () => {
  const window = ", timeWindow: { type: DURATION_WINDOW, window: PT1H }";
  const flows = [plain("a"), plain("b"), gatherer("both", ["a", "b"], window)];
  const first = await process(await emptyStore(), flows);
  const second = await process(first.store, [], { without: "both" });
  await second.run("a");

  // What ended before the restart belongs to another hour.
  const clock = { ...systemClock, now: () => systemClock.now() + 2 * 3_600_000 };
  const third = await process(second.store, [], { clock });
  await lookedAt(third.store);
  await third.run("b");
  await lookedAt(third.store);
  expect(await fires(third.store, "both")).toBe(0);
});

test("what a trigger would have to remember and can't be stored stops no other change", async () => {
  const flows = [plain("a"), plain("b"), gatherer("both", ["a", "b"])];
  const store = await emptyStore();
  const refusing: Store = {
    ...store,
    commit: (unit) => {
      const [row] = unit.triggers ?? [];
      const bad =
        row?.memory === undefined || unit.executions !== undefined
          ? unit
          : { ...unit, triggers: [{ ...row, memory: { bad: 1n as never } }] };
      return store.commit(bad);
    },
  };
  const world = await runtimeByHand(refusing, flows);
  for (const flowId of ["a", "b", "a"]) await world.ended((await world.create(flowId)).id);
  await lookedAt(store);
  const { rows } = await store.logs.search({ tenant: TENANT, triggerId: "all" }, { offset: 0, limit: 10 });
  expect(rows.map(({ level, message }) => `${level} ${message}`)).toEqual(
    Array.from({ length: 3 }, () => expect.stringMatching(/^WARN what the trigger is to remember can't be stored: /)),
  );
});

test("an end that comes while executions are brought back is looked at as well", async () => {
  const store = createMemoryStore();
  const waiting = `id: waiting\nnamespace: ${NAMESPACE}\ntasks: [{ id: t, type: test.Wait }]`;
  const watcher = `${plain("watcher")}
triggers: [{ id: killed, type: io.kestra.plugin.core.trigger.Flow, states: [KILLED] }]`;
  const first = await runtimeByHand(store, [waiting, watcher]);
  const { id } = await first.create("waiting");
  await first.job(id, "t");
  await first.runtime.executions.kill(TENANT, id);

  const left = createMemoryStore({ from: store.snapshot() });
  // Something else takes long to bring back.
  const messages: Store["messages"] = {
    all: async () => {
      for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
      return left.messages.all();
    },
  };
  await runtimeByHand({ ...left, messages }, []);
  await until(async () => ((await left.executions.get(TENANT, id))?.state === "KILLED" ? true : undefined));
  await lookedAt(left);
  expect(await fires(left, "watcher")).toBe(1);
});

test("an end whose flow can't be read stops no start, and is looked at once it can be", async () => {
  const flows = [plain("a"), plain("b"), gatherer("both", ["a", "b"])];
  const first = await process(await emptyStore(), flows);
  const second = await process(first.store, [], { without: "both" });
  await second.run("a");

  const blind = createMemoryStore({ from: second.store.snapshot() });
  const get: FlowQueries["get"] = async (key, options) => (key.id === "a" ? undefined : blind.flows.get(key, options));
  await runtimeByHand({ ...blind, flows: { ...blind.flows, get } }, []);
  expect(await notesIn(blind)).toEqual(await notesIn(second.store));

  const last = await process(blind, []);
  await lookedAt(last.store);
  await last.run("b");
  await lookedAt(last.store);
  expect(await fires(last.store, "both")).toBe(1);
});

test("inputs that can't be rendered are told in the log of the trigger, and are no error of the server", async () => {
  const store = await emptyStore();
  const lines: string[] = [];
  const logger = pino({ level: "warn" }, { write: (line) => void lines.push(line) });
  const broken = `${plain("second")}
triggers: [{ id: after, type: io.kestra.plugin.core.trigger.Flow, inputs: { a: "{{ trigger.absent }}" }, conditions: [
  { type: io.kestra.plugin.core.condition.ExecutionFlow, namespace: ${NAMESPACE}, flowId: first }] }]`;
  const world = await runtimeByHand(store, [plain("first"), broken], { logger });
  await world.ended((await world.create("first")).id);
  const told = await until(async () => {
    const { rows } = await store.logs.search({ tenant: TENANT, flowId: "second" }, { offset: 0, limit: 10 });
    return rows[0];
  });
  expect(told).toMatchObject({ level: "WARN", triggerId: "after" });
  expect(told.message).toContain("the trigger started no execution: its inputs or labels can't be rendered");
  expect(lines).toEqual([]);
});

test("an execution of a trigger learns which tasks of the other failed first and began last", async () => {
  const store = await emptyStore();
  const failing = `id: failing
namespace: ${NAMESPACE}
tasks:
  - { id: good, type: test.InlineEcho, value: v }
  - { id: bad, type: test.InlineEcho, value: "{{ outputs.absent }}" }
errors: [{ id: tell, type: test.InlineEcho, value: v }]`;
  const watcher = (id: string, flowId: string) => `${plain(id)}
inputs: [{ id: failed, type: STRING, required: false }, { id: last, type: STRING }]
triggers:
  - id: after
    type: io.kestra.plugin.core.trigger.Flow
    inputs: { failed: "{{ trigger.firstFailedTaskId ?? 'none' }}", last: "{{ trigger.lastTaskId }}" }
    dependsOn: [{ namespace: ${NAMESPACE}, flowId: ${flowId} }]`;
  const flows = [failing, plain("working"), watcher("of-failing", "failing"), watcher("of-working", "working")];
  const world = await runtimeByHand(store, flows);
  const startedBy = async (flowId: string, watcherId: string) => {
    await world.ended((await world.create(flowId)).id);
    await lookedAt(store);
    const { rows } = await store.executions.search({ tenant: TENANT, flowId: watcherId }, { offset: 0, limit: 10 });
    return rows.map(({ inputs, trigger }) => ({ inputs, variables: trigger?.variables }));
  };
  expect(await startedBy("failing", "of-failing")).toEqual([
    {
      inputs: { failed: "bad", last: "tell" },
      variables: expect.objectContaining({ firstFailedTaskId: "bad", lastTaskId: "tell" }),
    },
  ]);
  expect(await startedBy("working", "of-working")).toEqual([
    {
      inputs: { failed: "none", last: "t" },
      variables: expect.objectContaining({ firstFailedTaskId: null, lastTaskId: "t" }),
    },
  ]);
});

test("for ends of executions that no trigger waits for nothing is read, and what was gathered stays", async () => {
  const kept = gatherer("kept", ["a", "b"]).replace("[SUCCESS] }] }", "[SUCCESS] }], resetOnSuccess: false }");
  const flows = [plain("a"), plain("b"), plain("c"), kept];
  const memory = await emptyStore();
  const read: string[] = [];
  const get: Store["triggers"]["get"] = (key) => {
    read.push(key.flowId);
    return memory.triggers.get(key);
  };
  const store: Store = { ...memory, triggers: { ...memory.triggers, get } };
  const world = await runtimeByHand(store, flows);
  const run = async (flowId: string) => world.ended((await world.create(flowId)).id);
  await run("a");
  await run("b");
  await lookedAt(store);
  expect([await fires(store, "kept"), read.length]).toEqual([1, 2]);
  await run("c");
  await lookedAt(store);
  expect([await fires(store, "kept"), read.length]).toEqual([1, 2]);
  await run("b");
  await lookedAt(store);
  expect([await fires(store, "kept"), read.length]).toEqual([2, 3]);
});

test("a trigger that is slow holds up no other; one that gathers takes changes in turn, others at once", async () => {
  const only = `conditions: [{ type: io.kestra.plugin.core.condition.ExecutionFlow, namespace: ${NAMESPACE}, flowId: a }]`;
  const single = (id: string) => `${plain(id)}
triggers: [{ id: each, type: io.kestra.plugin.core.trigger.Flow, ${only} }]`;
  const flows = [plain("a"), gatherer("slow", ["a"]), gatherer("quick", ["a"]), single("apart")];
  const memory = await emptyStore();
  const held = Promise.withResolvers<void>();
  const asked: string[] = [];
  const get: Store["triggers"]["get"] = async (key) => {
    asked.push(key.flowId);
    if (key.flowId !== "quick") await held.promise;
    return memory.triggers.get(key);
  };
  const store: Store = { ...memory, triggers: { ...memory.triggers, get } };
  const world = await runtimeByHand(store, flows);
  for (let round = 0; round < 3; round += 1) await world.ended((await world.create("a")).id);
  await until(async () => ((await fires(store, "quick")) === 3 ? true : undefined));
  const countOf = (flowId: string) => asked.filter((other) => other === flowId).length;
  expect({ slow: countOf("slow"), apart: countOf("apart") }).toEqual({ slow: 1, apart: 3 });
  expect([await fires(store, "slow"), await fires(store, "apart")]).toEqual([0, 0]);

  held.resolve();
  await lookedAt(store);
  expect([await fires(store, "slow"), await fires(store, "apart"), await fires(store, "quick")]).toEqual([3, 3, 3]);
});

test("of a change that only some have looked at, the others look after a restart, and the rows go", async () => {
  const flows = [plain("a"), gatherer("first", ["a"]), gatherer("second", ["a"]), gatherer("third", ["a"])];
  const first = await process(await emptyStore(), flows);
  const second = await process(first.store, [], { without: "third" });
  await second.run("a");
  const looks = async () =>
    (await notesIn(second.store)).flatMap(({ id }) => /^flow-triggers\/\d+\/(.+)/.exec(id)?.[1] ?? []);
  await until(async () => ((await looks()).length === 2 ? true : undefined));
  expect((await looks()).toSorted()).toEqual([`${NAMESPACE}.first/all`, `${NAMESPACE}.second/all`]);

  const third = await process(second.store, []);
  await lookedAt(third.store);
  expect(await Promise.all(["first", "second", "third"].map((id) => fires(third.store, id)))).toEqual([1, 1, 1]);
});
