import { expect, test } from "vitest";
import type { StateChange } from "@capstan/engine";
import type { CommitUnit } from "../store.ts";
import { commitAll, execution, FIRST_PAGE, line, logBatch, T0, taskRun, TENANT, type Setup } from "./fixtures.ts";

const timerWithoutTime = { tenant: TENANT, executionId: "e1", key: "pause", at: Number.NaN };

export function commitTests(setup: Setup): void {
  orderTests(setup);
  refusalTests(setup);
}

/** What was committed is there, in its order. */
function orderTests(setup: Setup): void {
  test("a unit is read back by whoever awaited it", async () => {
    const { store } = await setup();
    await store.commit({ executions: [execution("e1")], taskRuns: [taskRun("e1", 0)] });
    expect(await store.executions.get(TENANT, "e1")).toEqual(execution("e1"));
    expect(await store.executions.taskRuns(TENANT, "e1")).toEqual([taskRun("e1", 0).row]);
  });

  test("what was committed is there after the store was opened again", async () => {
    const { store, reopen } = await setup();
    const lines = [line(0, "first"), line(1, "second")];
    await store.commit({ executions: [execution("e1")], logs: [logBatch({ executionId: "e1", lines })] });
    const again = await reopen();
    await again.commit({ logs: [logBatch({ executionId: "e1", lines: [line(0, "third")] })] });
    expect(await again.executions.get(TENANT, "e1")).toEqual(execution("e1"));
    const page = await again.logs.search({ tenant: TENANT, executionId: "e1" }, FIRST_PAGE);
    expect(page.rows.map((entry) => entry.message)).toEqual(["first", "third", "second"]);
  });

  test("an empty unit is committed", async () => {
    const { store } = await setup();
    await expect(store.commit({})).resolves.toBeUndefined();
  });

  test("units handed over together are applied in their order", async () => {
    const { store } = await setup();
    const units = Array.from({ length: 600 }, (_, number): CommitUnit => ({
      executions: [execution("e1", { attemptNumber: number })],
      messages: [{ tenant: TENANT, executionId: "e1", id: `m${number}`, body: number }],
    }));
    await commitAll(store, units);
    expect((await store.executions.get(TENANT, "e1"))?.attemptNumber).toBe(599);
    const messages = await store.messages.all();
    expect(messages.map((message) => message.body)).toEqual(units.map((_, number) => number));
  });

  test("lists of a unit are applied in the order of the contract", async () => {
    const { store } = await setup();
    const key = { tenant: TENANT, executionId: "e1" };
    await store.commit({
      takenMessages: [{ ...key, id: "m" }],
      messages: [{ ...key, id: "m", body: 1 }],
      clearedTimers: [{ ...key, key: "t" }],
      timers: [{ ...key, key: "t", at: T0 }],
      removedTaskRuns: [{ ...key, index: 0 }],
      taskRuns: [taskRun("e1", 0), taskRun("e1", 1)],
    });
    expect(await store.messages.all()).toEqual([]);
    expect(await store.timers.all()).toEqual([]);
    expect((await store.executions.taskRuns(TENANT, "e1")).map((row) => row.index)).toEqual([1]);
  });
}

/** What is refused leaves nothing behind, and nothing is taken twice or late. */
function refusalTests(setup: Setup): void {
  test("a refused unit leaves nothing behind and the others of its group go on", async () => {
    const { store } = await setup();
    const outcomes = await commitAll(store, [
      { executions: [execution("before")] },
      { executions: [execution("e1")], taskRuns: [taskRun("e1", 0)], timers: [timerWithoutTime] },
      { executions: [execution("after")] },
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(outcomes[1]).toMatchObject({ reason: { name: "StoreError", code: "store-invalid" } });
    expect(await store.executions.get(TENANT, "e1")).toBeUndefined();
    expect(await store.executions.taskRuns(TENANT, "e1")).toEqual([]);
    expect(await store.executions.get(TENANT, "before")).toBeDefined();
    expect(await store.executions.get(TENANT, "after")).toBeDefined();
  });

  test("a lone refused unit leaves nothing behind", async () => {
    const { store } = await setup();
    await expect(store.commit({ executions: [execution("e1")], timers: [timerWithoutTime] })).rejects.toMatchObject({
      code: "store-invalid",
    });
    expect(await store.executions.get(TENANT, "e1")).toBeUndefined();
  });

  test("a body that isn't JSON is refused whole", async () => {
    const { store } = await setup();
    const circle: Record<string, never> = {};
    Object.assign(circle, { circle });
    const unit = {
      executions: [execution("e1")],
      messages: [{ tenant: TENANT, executionId: "e1", id: "m", body: circle }],
    };
    const outcomes = await commitAll(store, [unit, { executions: [execution("e2")] }]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(["rejected", "fulfilled"]);
    expect(await store.executions.get(TENANT, "e1")).toBeUndefined();
    expect(await store.executions.get(TENANT, "e2")).toBeDefined();
  });

  test("what the caller changes after the call doesn't change what is stored", async () => {
    const { store } = await setup();
    const history: StateChange[] = [{ state: "RUNNING", date: T0 }];
    const committed = store.commit({ executions: [execution("e1", { history })] });
    history.push({ state: "RUNNING", date: T0 + 1 });
    await committed;
    const read = await store.executions.get(TENANT, "e1");
    expect(read?.history).toEqual([{ state: "RUNNING", date: T0 }]);
    Object.assign(read!, { flowId: "changed" });
    expect((await store.executions.get(TENANT, "e1"))?.flowId).toBe("hello");
  });

  test("a stop commits what is pending, and nothing is taken afterwards", async () => {
    const { store, reopen } = await setup();
    const committed = commitAll(store, [{ executions: [execution("e1")] }, { executions: [execution("e2")] }]);
    const again = await reopen();
    expect((await committed).map((outcome) => outcome.status)).toEqual(["fulfilled", "fulfilled"]);
    expect(await again.executions.get(TENANT, "e2")).toEqual(execution("e2"));
    await expect(store.commit({})).rejects.toMatchObject({ code: "store-closed" });
    await expect(store.executions.get(TENANT, "e1")).rejects.toMatchObject({ code: "store-closed" });
    await expect(store.logs.search({ tenant: TENANT }, FIRST_PAGE)).rejects.toMatchObject({ code: "store-closed" });
  });
}
