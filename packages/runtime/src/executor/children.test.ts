import type { ExecutionRow } from "@capstan/engine";
import { createMemoryStorage } from "@capstan/storage";
import type { MemorySnapshot, Store } from "@capstan/store";
import { pino } from "pino";
import { describe, expect, test } from "vitest";
import type { Job } from "../worker/worker.ts";
import { SUBFLOW_DEPTH_MAX } from "./execution-request.ts";
import { NAMESPACE, recordedStore, runtimeByHand, TENANT, until } from "./test-kit/runtime-by-hand.ts";

const FLOW = "io.kestra.plugin.core.flow";
const flow = (id: string, tasks: string, rest = "") => `id: ${id}\nnamespace: ${NAMESPACE}\n${rest}\ntasks: [${tasks}]`;
const WORK = "{ id: t, type: test.Wait }";
const CALL = `{ id: call, type: ${FLOW}.Subflow, namespace: ${NAMESPACE}, flowId: child }`;
const EACH = `{ id: each, type: ${FLOW}.ForEachItem, namespace: ${NAMESPACE}, flowId: child, items: "kestra:///items.txt" }`;
const FLOWS = [flow("parent", CALL), flow("child", WORK), flow("many", EACH)];
const retried = (interval: string) =>
  flow(
    "child",
    WORK,
    `retry: { type: constant, interval: ${interval}, maxAttempts: 2, behavior: CREATE_NEW_EXECUTION }`,
  );

type World = Awaited<ReturnType<typeof runtimeByHand>>;

const ofChild = ({ identity }: Job) => identity.flowId === "child";
const jobOfChild = (world: World, attempt: number) =>
  until(() => world.jobs.find((job) => ofChild(job) && job.identity.attempt === attempt));
const rowsOf = (left: MemorySnapshot, flowId: string): readonly ExecutionRow[] =>
  [...left.tables.executions.values()].filter((row) => row.flowId === flowId);
const statesOf = (left: MemorySnapshot, id: string) =>
  [...(left.tables.taskRuns.get(JSON.stringify([TENANT, id])) ?? new Map()).values()].map(
    ({ taskId, state }) => `${taskId} ${state}`,
  );

describe("a parent that is restarted with its failed child", () => {
  async function restarted() {
    const { store, left } = recordedStore();
    const world = await runtimeByHand(store, FLOWS);
    const { id } = await world.create("parent");
    world.host.ended((await jobOfChild(world, 1)).key, { state: "FAILED" });
    expect((await world.ended(id)).row.state).toBe("FAILED");
    left.length = 0;
    await world.runtime.executions.restart(TENANT, id);
    const again = await jobOfChild(world, 2);
    return { world, id, left, again };
  }

  test("restarts it after a crash between the two restarts", async () => {
    const { id, left } = await restarted();
    const asked = left.find((each) => statesOf(each, id).includes("call RUNNING"))!;
    expect(rowsOf(asked, "child").map(({ state }) => state)).toEqual(["FAILED"]);

    const world = await runtimeByHand(recordedStore(asked).store, []);
    world.host.ended((await jobOfChild(world, 2)).key, { state: "SUCCESS" });
    expect((await world.ended(id)).row.state).toBe("SUCCESS");
  });

  test("restarts it once, also when it fails again and the process is lost", async () => {
    const { world: first, id, left, again } = await restarted();
    first.host.ended(again.key, { state: "FAILED" });
    expect((await first.ended(id)).row.state).toBe("FAILED");
    const failed = left.find(
      (each) => rowsOf(each, "child")[0]!.attemptNumber === 2 && rowsOf(each, "child")[0]!.state === "FAILED",
    )!;
    expect(rowsOf(failed, "parent").map(({ state }) => state)).toEqual(["RUNNING"]);

    const world = await runtimeByHand(recordedStore(failed).store, []);
    expect((await world.ended(id)).row.state).toBe("FAILED");
    expect(world.jobs).toEqual([]);
  });
});

test("batches that were restarted and failed again are not restarted once more after a crash", async () => {
  const { store, left } = recordedStore();
  const storage = createMemoryStorage();
  const folder = `/${NAMESPACE}/many`;
  const first = await runtimeByHand(store, FLOWS, { storage });
  const splits = await storage.put(TENANT, `${folder}/splits.txt`, `kestra://${folder}/batch.txt\n`);
  const { id } = await first.create("many");
  first.host.ended((await first.job(id, "each_split")).key, { state: "SUCCESS", outputs: { splits } });
  first.host.ended((await jobOfChild(first, 1)).key, { state: "FAILED" });
  expect((await first.ended(id)).row.state).toBe("FAILED");
  await first.runtime.executions.restart(TENANT, id);
  first.host.ended((await jobOfChild(first, 2)).key, { state: "FAILED" });
  expect((await first.ended(id)).row.state).toBe("FAILED");
  const failed = left.find(
    (each) => rowsOf(each, "child")[0]?.attemptNumber === 2 && rowsOf(each, "child")[0]!.state === "FAILED",
  )!;
  expect(rowsOf(failed, "many").map(({ state }) => state)).toEqual(["RUNNING"]);

  const world = await runtimeByHand(recordedStore(failed).store, [], { storage });
  expect((await world.ended(id)).row.state).toBe("FAILED");
  expect(world.jobs).toEqual([]);
});

test("a parent that is restarted restarts the execution that retried its child", async () => {
  const world = await runtimeByHand(recordedStore().store, [flow("parent", CALL), retried("PT0.001S")]);
  const { id } = await world.create("parent");
  for (const count of [1, 2]) {
    const job = await until(() => world.jobs.filter(ofChild)[count - 1]);
    world.host.ended(job.key, { state: "FAILED" });
  }
  expect((await world.ended(id)).row.state).toBe("FAILED");
  await world.runtime.executions.restart(TENANT, id);
  const again = await until(() => world.jobs.filter(ofChild)[2]);
  expect(again.identity.executionId).toBe(world.jobs.filter(ofChild)[1]!.identity.executionId);
  world.host.ended(again.key, { state: "SUCCESS" });
  expect((await world.ended(id)).row.state).toBe("SUCCESS");
});

describe("a retry of a child that is not there yet when its parent is killed", () => {
  /** The parent is being killed, and the retry waits to be written. */
  async function killed() {
    const { store, left } = recordedStore();
    const gate = Promise.withResolvers<void>();
    let isWaiting = false;
    const commit: Store["commit"] = async (unit) => {
      const isRetry = unit.executions?.some(({ retriesSince }) => retriesSince !== undefined) === true;
      isWaiting ||= isRetry;
      if (isRetry) await gate.promise;
      await store.commit(unit);
    };
    const world = await runtimeByHand({ ...store, commit }, [flow("parent", CALL), retried("PT1H")]);
    const { id } = await world.create("parent");
    world.host.ended((await jobOfChild(world, 1)).key, { state: "FAILED" });
    await until(() => isWaiting || undefined);
    await world.runtime.executions.kill(TENANT, id);
    expect(rowsOf(left.at(-1)!, "parent")[0]!.state).toBe("KILLING");
    return { world, id, open: () => gate.resolve(), left: left.at(-1)! };
  }
  const statesOfChildren = async (world: World) => {
    const { rows } = await world.runtime.executions.search(
      { tenant: TENANT, flowId: "child" },
      { offset: 0, limit: 10, sort: [{ key: "id", descending: false }] },
    );
    return rows.map(({ state }) => state).toSorted();
  };

  test("is killed as soon as it is", async () => {
    const { world, id, open } = await killed();
    open();
    expect((await world.ended(id)).row.state).toBe("KILLED");
    expect(await statesOfChildren(world)).toEqual(["KILLED", "RETRIED"]);
  });

  test("is killed also when the process was lost in between", async () => {
    const { id, left } = await killed();
    const world = await runtimeByHand(recordedStore(left).store, []);
    expect((await world.ended(id)).row.state).toBe("KILLED");
    expect(await statesOfChildren(world)).toEqual(["KILLED", "RETRIED"]);
  });
});

describe("a child that ends while the process of its parent is lost", () => {
  const says = (value: string) => `{ id: says, type: test.InlineEcho, value: "${value}" }`;
  const floating = flow("child", WORK, "outputs: [{ id: ratio, type: FLOAT, value: '{{ 2.0 }}' }]");
  const asking = CALL.replace("flowId: child", "flowId: child, outputs: { got: '{{ outputs.t.value }}' }");

  test.each([
    ["which of its outputs are floats", says("{{ outputs.call.outputs.ratio }}"), floating, CALL, "2.0"],
    [
      "what the parent asked of its outputs",
      says("{{ outputs.call.outputs.got }}"),
      flow("child", WORK),
      asking,
      "done",
    ],
  ])("still tells %s", async (_what, speaker, child, call, expected) => {
    const { store, left } = recordedStore();
    const first = await runtimeByHand(store, [flow("parent", `${call}, ${speaker}`), child]);
    const { id } = await first.create("parent");
    first.host.ended((await jobOfChild(first, 1)).key, { state: "SUCCESS", outputs: { value: "done" } });
    const before = (await first.ended(id)).taskRuns.at(-1);
    expect(before).toMatchObject({ taskId: "says", outputs: { value: expected } });

    const ended = left.find((each) => rowsOf(each, "child")[0]?.state === "SUCCESS")!;
    expect(rowsOf(ended, "parent").map(({ state }) => state)).toEqual(["RUNNING"]);
    const world = await runtimeByHand(recordedStore(ended).store, []);
    expect((await world.ended(id)).taskRuns.at(-1)).toMatchObject({ taskId: "says", outputs: before!.outputs });
  });
});

test("flows that call each other without end fail at the limit, with the way out", async () => {
  const call = (flowId: string) =>
    `{ id: call, type: ${FLOW}.Subflow, namespace: ${NAMESPACE}, flowId: ${flowId}, wait: true, transmitFailed: true }`;
  const { store } = recordedStore();
  const world = await runtimeByHand(store, [flow("ping", call("pong")), flow("pong", call("ping"))]);
  const { id } = await world.create("ping");
  expect((await world.ended(id)).row.state).toBe("FAILED");
  const { rows } = await store.executions.search({ tenant: TENANT }, { offset: 0, limit: 1_000 });
  expect(rows).toHaveLength(SUBFLOW_DEPTH_MAX + 1);
  const deepest = rows.find(({ parent }) => parent?.depth === SUBFLOW_DEPTH_MAX)!;
  expect((await world.lines(deepest.id)).join("\n")).toContain("do these flows call each other without end?");
});

describe("flows that start each other twice", () => {
  const twice = (flowId: string, more: string) =>
    `{ id: both, type: ${FLOW}.Parallel, tasks: [${["left", "right"]
      .map((id) => `{ id: ${id}, type: ${FLOW}.Subflow, namespace: ${NAMESPACE}, flowId: ${flowId}${more} }`)
      .join(", ")}] }`;

  test.each([
    ["and wait for them", ", wait: true"],
    ["and go on", ", wait: false"],
  ])("%s come to as many as may descend from one, and fail with the way out", async (_what, more) => {
    const { store } = recordedStore();
    const flows = [flow("ping", twice("pong", more)), flow("pong", twice("ping", more))];
    const world = await runtimeByHand(store, flows, { descendantsMax: 50 });
    const { id } = await world.create("ping");
    const states = ["CREATED", "RUNNING"] as const;
    const rows = await until(async () => {
      const found = await store.executions.search({ tenant: TENANT }, { offset: 0, limit: 1_000 });
      const isOver = found.rows.every(({ state }) => !states.some((open) => open === state));
      return isOver ? found.rows : undefined;
    });
    expect(rows).toHaveLength(1 + 50);
    const failed = rows.filter(({ state }) => state === "FAILED");
    expect(failed.map(({ error }) => error).join("\n")).toContain(`50 executions descend from ${id}`);
  });
});

test("a chain of calls at the limit runs", async () => {
  const last = SUBFLOW_DEPTH_MAX;
  const chain = Array.from({ length: last + 1 }, (_, number) =>
    flow(
      `f${number}`,
      number === last ? "{ id: t, type: test.InlineEcho, value: x }" : CALL.replace("child", `f${number + 1}`),
    ),
  );
  const world = await runtimeByHand(recordedStore().store, chain);
  expect((await world.ended((await world.create("f0")).id)).row.state).toBe("SUCCESS");
});

test("a Subflow whose execution fails by an SLA in the same turn creates nothing", async () => {
  const { store, left } = recordedStore();
  const call = CALL.replace("flowId: child", "flowId: child, wait: false");
  const sla = 'sla: [{ id: kept, type: EXECUTION_ASSERTION, assert: "false", behavior: FAIL }]';
  const world = await runtimeByHand(store, [flow("parent", call, sla), flow("child", WORK)]);
  const { id } = await world.create("parent");
  expect((await world.ended(id)).row.state).toBe("FAILED");
  await world.runtime.executions.restart(TENANT, id);
  expect((await world.ended(id)).row.state).toBe("FAILED");
  await world.runtime.stop();
  expect(rowsOf(left.at(-1)!, "child")).toEqual([]);
});

test("a stop that cuts the creation of a child short is no error, and the next process creates it", async () => {
  const { store, left } = recordedStore();
  const asked = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const executions: Store["executions"] = {
    ...store.executions,
    get: async (tenant, executionId) => {
      const row = await store.executions.get(tenant, executionId);
      if (row !== undefined) return row;
      asked.resolve();
      await gate.promise;
      return store.executions.get(tenant, executionId);
    },
  };
  const lines: string[] = [];
  const logger = pino({ level: "error" }, { write: (line: string) => lines.push(line) });
  const world = await runtimeByHand({ ...store, executions }, FLOWS, { logger });
  const { id } = await world.create("parent");
  await asked.promise;
  await world.runtime.stop({ graceMs: 0 });
  gate.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  expect(lines).toEqual([]);

  const next = await runtimeByHand(recordedStore(left.at(-1)).store, []);
  next.host.ended((await jobOfChild(next, 1)).key, { state: "SUCCESS" });
  expect((await next.ended(id)).row.state).toBe("SUCCESS");
});
