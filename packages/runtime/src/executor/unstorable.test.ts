import { createMemoryStore, createSqliteStore, type CommitUnit, type Store } from "@capstan/store";
import { describe, expect, test } from "vitest";
import { NAMESPACE, runtimeByHand, TENANT, until } from "./test-kit/runtime-by-hand.ts";

const FLOW = "io.kestra.plugin.core.flow";
const flow = (id: string, tasks: string, rest = "") => `id: ${id}\nnamespace: ${NAMESPACE}\n${rest}\ntasks: [${tasks}]`;
const WORK = flow("work", "{ id: t, type: test.Wait }, { id: after, type: test.InlineEcho, value: v }");
/** More days than a date can hold, which the store refuses as the time of a timer. */
const FOR_EVER = "P99999999999999999D";
/** No JSON says it. */
const UNSTORABLE = { value: 1n } as never;
const REASON = /^what the execution came to can't be stored: /;

const STORES: readonly [string, () => Store][] = [
  ["memory", createMemoryStore],
  ["SQLite", () => createSqliteStore({ path: ":memory:" })],
];

describe.each(STORES)("what the store refuses for good (%s)", (_name, createStore) => {
  test("fails its execution, which says why; the others go on", async () => {
    const world = await runtimeByHand(createStore(), [WORK]);
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await world.create("work")).id));
    const jobs = await Promise.all(ids.map((id) => world.job(id, "t")));
    for (const [number, { key }] of jobs.entries()) {
      world.host.log(key, "t", [{ time: 0, level: "INFO", message: `${number} ends` }]);
      world.host.ended(key, { state: "SUCCESS", outputs: number === 7 ? UNSTORABLE : { value: 1 } });
    }

    const ended = await Promise.all(ids.map(world.ended));
    expect(ended.map(({ row }) => row.state)).toEqual(ids.map((_, number) => (number === 7 ? "FAILED" : "SUCCESS")));
    const { row, taskRuns } = ended[7]!;
    expect(row.error).toMatch(REASON);
    expect(taskRuns.map(({ taskId, state }) => [taskId, state])).toEqual([["t", "FAILED"]]);
    expect(taskRuns[0]!.attempts.map(({ state }) => state)).toEqual(["FAILED"]);
    expect(await world.lines(ids[7]!)).toEqual(["INFO 7 ends", `ERROR ${row.error}`]);
  });

  test("is refused by the database itself as well", async () => {
    const pause = flow("pause", `{ id: p, type: ${FLOW}.Pause, pauseDuration: ${FOR_EVER} }`);
    const world = await runtimeByHand(createStore(), [WORK, pause]);
    const [bad, good] = await Promise.all([world.create("pause"), world.create("work")]);
    expect((await world.ended(bad.id)).row).toMatchObject({ state: "FAILED", error: expect.stringMatching(REASON) });
    world.host.ended((await world.job(good.id, "t")).key, { state: "SUCCESS" });
    expect((await world.ended(good.id)).row.state).toBe("SUCCESS");
  });

  test("may be what it logged; then it ends without that", async () => {
    const after = "afterExecution: [{ id: last, type: test.InlineEcho, value: v }]";
    const world = await runtimeByHand(createStore(), [flow("line", "{ id: t, type: test.Wait }", after)]);
    const { id } = await world.create("line");
    const { key } = await world.job(id, "t");
    world.host.log(key, "t", [{ time: 0.5, level: "INFO", message: "at no whole millisecond" }]);
    world.host.ended(key, { state: "SUCCESS" });
    const { row, taskRuns } = await world.ended(id);
    expect([row.state, taskRuns.at(-1)]).toMatchObject(["FAILED", { taskId: "last", state: "SUCCESS" }]);
    expect(await world.lines(id)).toEqual([`ERROR ${row.error}`, "INFO value v"]);
  });

  test("interrupts what runs beside it, and lets the tasks after the end run", async () => {
    const both = `{ id: both, type: ${FLOW}.Parallel, tasks: [{ id: a, type: test.Wait }, { id: b, type: test.Wait }] }`;
    const after = "afterExecution: [{ id: last, type: test.InlineEcho, value: v }]";
    const world = await runtimeByHand(createStore(), [flow("both", both, after)]);
    const { id } = await world.create("both");
    const [a, b] = [await world.job(id, "a"), await world.job(id, "b")];
    world.host.ended(a.key, { state: "SUCCESS", outputs: UNSTORABLE });
    const { row, taskRuns } = await world.ended(id);
    expect(row.state).toBe("FAILED");
    expect(world.killed).toContain(b.key);
    expect(Object.fromEntries(taskRuns.map(({ taskId, state }) => [taskId, state]))).toEqual({
      both: "FAILED",
      a: "FAILED",
      b: "FAILED",
      last: "SUCCESS",
    });
    world.host.ended(b.key, { state: "SUCCESS" });
    world.host.log(b.key, "b", [{ time: 0, level: "INFO", message: "too late" }]);
    await world.runtime.executions.ended(TENANT, id);
    expect((await world.ended(id)).taskRuns.find(({ taskId }) => taskId === "b")?.state).toBe("FAILED");
  });

  test("is told to the task that waits for the execution, and frees its place", async () => {
    const parent = flow("parent", `{ id: child, type: ${FLOW}.Subflow, namespace: ${NAMESPACE}, flowId: single }`);
    const single = flow("single", "{ id: t, type: test.Wait }", "concurrency: { limit: 1, behavior: QUEUE }");
    const world = await runtimeByHand(createStore(), [parent, single]);
    const { id } = await world.create("parent");
    const job = await until(() => world.jobs.find(({ identity }) => identity.flowId === "single"));
    const waiting = await world.create("single");
    world.host.ended(job.key, { state: "SUCCESS", outputs: UNSTORABLE });
    expect((await world.ended(id)).row.state).toBe("FAILED");
    world.host.ended((await world.job(waiting.id, "t")).key, { state: "SUCCESS" });
    expect((await world.ended(waiting.id)).row.state).toBe("SUCCESS");
  });

  test("after the end ends what runs after the end", async () => {
    const after = "afterExecution: [{ id: last, type: test.Wait }]";
    const world = await runtimeByHand(createStore(), [
      flow("after", "{ id: t, type: test.InlineEcho, value: v }", after),
    ]);
    const { id } = await world.create("after");
    world.host.ended((await world.job(id, "last")).key, { state: "SUCCESS", outputs: UNSTORABLE });
    const { row, taskRuns } = await world.ended(id);
    expect(row.state).toBe("SUCCESS");
    expect(taskRuns.at(-1)).toMatchObject({ taskId: "last", state: "FAILED" });
    expect(await world.lines(id)).toContainEqual(expect.stringMatching(/^ERROR what the execution came to/));
  });

  test("twice, also after the end, is the end of it", async () => {
    const after = "afterExecution: [{ id: last, type: test.Wait }]";
    const world = await runtimeByHand(createStore(), [WORK, flow("twice", "{ id: t, type: test.Wait }", after)]);
    const { id } = await world.create("twice");
    world.host.ended((await world.job(id, "t")).key, { state: "SUCCESS", outputs: UNSTORABLE });
    world.host.ended((await world.job(id, "last")).key, { state: "SUCCESS", outputs: UNSTORABLE });
    const { row, taskRuns } = await world.ended(id);
    expect(row.state).toBe("FAILED");
    expect(taskRuns.map(({ taskId, state }) => [taskId, state])).toEqual([
      ["t", "FAILED"],
      ["last", "FAILED"],
    ]);
  });

  test("of a request refuses the request", async () => {
    const world = await runtimeByHand(createStore(), [WORK]);
    const labels = [{ key: "team", value: UNSTORABLE }];
    await expect(
      world.runtime.executions.create({ tenant: TENANT, namespace: NAMESPACE, flowId: "work", labels }),
    ).rejects.toMatchObject({ code: "execution-unstorable", status: 422, message: expect.stringMatching(/stored/) });
    const { id } = await world.create("work");
    world.host.ended((await world.job(id, "t")).key, { state: "SUCCESS" });
    expect((await world.ended(id)).row.state).toBe("SUCCESS");
  });

  test("in the very commit that was to create the execution stores it as failed", async () => {
    const pause = flow("pause", `{ id: p, type: ${FLOW}.Pause, pauseDuration: ${FOR_EVER} }`);
    const world = await runtimeByHand(createStore(), [pause]);
    const { id } = await world.create("pause");
    const { row } = await world.ended(id);
    expect(row).toMatchObject({ state: "FAILED", error: expect.stringMatching(REASON) });
    expect(await world.lines(id)).toEqual([`ERROR ${row.error}`]);
  });
});

test("one execution at fault costs the others no more than one commit each", async () => {
  const store = createMemoryStore();
  const units: CommitUnit[] = [];
  const counting = { ...store, commit: (unit: CommitUnit) => (units.push(unit), store.commit(unit)) };
  const world = await runtimeByHand(counting, [WORK]);
  const ids = await Promise.all(Array.from({ length: 100 }, async () => (await world.create("work")).id));
  const jobs = await Promise.all(ids.map((id) => world.job(id, "t")));
  const before = units.length;
  for (const [number, { key }] of jobs.entries())
    world.host.ended(key, { state: "SUCCESS", ...(number === 7 ? { outputs: UNSTORABLE } : {}) });
  await Promise.all(ids.map(world.ended));
  expect(units.length - before).toBeLessThan(120);
});
