import { expect, test } from "vitest";
import type { Store } from "../store.ts";
import {
  addedStart,
  execution,
  FIRST_PAGE,
  line,
  logBatch,
  metric,
  T0,
  taskRun,
  TENANT,
  type Setup,
} from "./fixtures.ts";

async function fill(store: Store): Promise<void> {
  for (const id of ["e1", "e2"]) {
    await store.commit({
      executions: [execution(id, { labels: [{ key: "team", value: "data" }] })],
      taskRuns: [taskRun(id, 0)],
      logs: [logBatch({ executionId: id, lines: [line(0, id)] })],
      metrics: [metric("rows", { executionId: id })],
      timers: [{ tenant: TENANT, executionId: id, key: "pause", at: T0 }],
      messages: [{ tenant: TENANT, executionId: id, id: "m", body: null }],
      addedStarts: [addedStart(id, 1)],
    });
  }
}

export function removalTests(setup: Setup): void {
  test("a removed execution takes all of its own with it and nothing of others", async () => {
    const { store } = await setup();
    await fill(store);
    await store.commit({ removedExecutions: [{ tenant: TENANT, id: "e1", logs: true, metrics: true }] });
    expect(await store.executions.get(TENANT, "e1")).toBeUndefined();
    expect(await store.executions.taskRuns(TENANT, "e1")).toEqual([]);
    expect((await store.logs.search({ tenant: TENANT }, FIRST_PAGE)).rows.map((row) => row.message)).toEqual(["e2"]);
    expect((await store.metrics.search({ tenant: TENANT }, FIRST_PAGE)).rows.map((row) => row.executionId)).toEqual([
      "e2",
    ]);
    expect((await store.timers.all()).map((row) => row.executionId)).toEqual(["e2"]);
    expect((await store.messages.all()).map((row) => row.executionId)).toEqual(["e2"]);
    const starts = await store.addedStarts.of(["e1", "e2"].map((id) => ({ tenant: TENANT, id })));
    expect(starts.map((row) => row.executionId)).toEqual(["e2"]);
    const labels = [{ key: "team", value: "data" }];
    expect((await store.executions.search({ tenant: TENANT, labels }, FIRST_PAGE)).rows.map((row) => row.id)).toEqual([
      "e2",
    ]);
  });

  test("logs and metrics stay when they are not asked for", async () => {
    const { store } = await setup();
    await fill(store);
    await store.commit({ removedExecutions: [{ tenant: TENANT, id: "e1", logs: false, metrics: false }] });
    expect(await store.executions.get(TENANT, "e1")).toBeUndefined();
    expect((await store.logs.search({ tenant: TENANT, executionId: "e1" }, FIRST_PAGE)).total).toBe(1);
    expect((await store.metrics.search({ tenant: TENANT, executionId: "e1" }, FIRST_PAGE)).total).toBe(1);
  });

  test("another tenant's execution of the same id stays", async () => {
    const { store } = await setup();
    await store.commit({ executions: [execution("e1"), execution("e1", { tenant: "other" })] });
    await store.commit({ removedExecutions: [{ tenant: TENANT, id: "e1", logs: true, metrics: true }] });
    expect(await store.executions.get("other", "e1")).toBeDefined();
  });

  test("an execution that was removed can be written again", async () => {
    const { store } = await setup();
    await fill(store);
    await store.commit({ removedExecutions: [{ tenant: TENANT, id: "e1", logs: true, metrics: true }] });
    await store.commit({ executions: [execution("e1", { flowId: "again" })] });
    expect((await store.executions.get(TENANT, "e1"))?.flowId).toBe("again");
  });
}
