import { createMemoryStore, type Store, StoreError, type TriggerKey } from "@capstan/store";
import { expect, test } from "vitest";
import { NAMESPACE, runtimeByHand, TENANT, until } from "./test-kit/runtime-by-hand.ts";

const FLOW = "io.kestra.plugin.core.flow";
const flow = (id: string, tasks: string, rest = "") => `id: ${id}\nnamespace: ${NAMESPACE}\n${rest}\ntasks: [${tasks}]`;
const PARENT = flow("parent", `{ id: call, type: ${FLOW}.Subflow, namespace: ${NAMESPACE}, flowId: child }`);
const CHILD = flow("child", "{ id: t, type: test.Wait }");
const WATCHER = flow(
  "watcher",
  "{ id: t, type: test.InlineEcho, value: v }",
  `triggers: [{ id: ends, type: io.kestra.plugin.core.trigger.Flow, states: [SUCCESS], preconditions: { id: p, flows: [{ namespace: ${NAMESPACE}, flowId: child }] } }]`,
);

/** How often the store goes away, once it is told to. */
const TIMES = 2;

/** A store that can't be reached now and then. */
function flakyStore() {
  const store = createMemoryStore();
  const left = { executionGets: 0, triggerGets: 0 };
  const away = new StoreError("store-unreachable", "the network is down");
  const unless = <Arguments extends unknown[], Result>(
    name: keyof typeof left,
    ask: (...values: Arguments) => Promise<Result>,
  ) => {
    return async (...values: Arguments): Promise<Result> => {
      if (left[name] === 0) return ask(...values);
      left[name] -= 1;
      throw away;
    };
  };
  const executions = {
    ...store.executions,
    get: unless("executionGets", (tenant: string, id: string) => store.executions.get(tenant, id)),
  };
  const triggers = { ...store.triggers, get: unless("triggerGets", (key: TriggerKey) => store.triggers.get(key)) };
  return { left, away, store: { ...store, executions, triggers } satisfies Store };
}

test("a subflow is created once the store can be reached again", async () => {
  const { store, left } = flakyStore();
  const world = await runtimeByHand(store, [CHILD, PARENT]);
  left.executionGets = TIMES;
  const { id } = await world.create("parent");
  const child = await until(() => world.jobs.find(({ identity }) => identity.flowId === "child"));
  expect(left.executionGets).toBe(0);
  world.host.ended(child.key, { state: "SUCCESS" });
  expect((await world.ended(id)).row.state).toBe("SUCCESS");
});

test("a flow trigger fires once the store can be reached again, and once only", async () => {
  const { store, left } = flakyStore();
  const world = await runtimeByHand(store, [CHILD, WATCHER]);
  const { id } = await world.create("child");
  left.triggerGets = TIMES;
  world.host.ended((await world.job(id, "t")).key, { state: "SUCCESS" });
  const watchers = async () =>
    (await store.executions.search({ tenant: TENANT, flowId: "watcher" }, { offset: 0, limit: 10 })).rows;
  const [watcher] = await until(async () => ((await watchers()).length > 0 ? watchers() : undefined));
  await world.ended(watcher!.id);
  await until(async () => ((await store.messages.all()).length === 0 ? true : undefined));
  expect({ left: left.triggerGets, count: (await watchers()).length }).toEqual({ left: 0, count: 1 });
});

test("a restart that was kept although nobody said so goes on, and is not begun twice", async () => {
  const { store, away } = flakyStore();
  const told = { isLost: true };
  const commit: Store["commit"] = async (unit) => {
    const isRestart = unit.executions?.some(({ state }) => state === "RESTARTED") === true;
    await store.commit(unit);
    if (!isRestart || !told.isLost) return;
    told.isLost = false;
    throw away;
  };
  const world = await runtimeByHand({ ...store, commit }, [CHILD]);
  const { id } = await world.create("child");
  world.host.ended((await world.job(id, "t")).key, { state: "FAILED" });
  await world.ended(id);
  await expect(world.runtime.executions.restart(TENANT, id)).rejects.toBe(away);
  await expect(world.runtime.executions.restart(TENANT, id)).rejects.toMatchObject({ code: "execution-running" });
  world.host.ended((await world.job(id, "t", 2)).key, { state: "SUCCESS" });
  expect((await world.ended(id)).row.state).toBe("SUCCESS");
});
