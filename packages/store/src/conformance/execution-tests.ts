import { expect, test } from "vitest";
import { execution, T0, taskRun, TENANT, type Setup } from "./fixtures.ts";

export function executionTests(setup: Setup): void {
  rowTests(setup);
  stateTests(setup);
}

/** Rows of executions and of their task runs. */
function rowTests(setup: Setup): void {
  test("every field of an execution comes back as it was", async () => {
    const { store } = await setup();
    const row = execution("e1", {
      state: "FAILED",
      kind: "TEST",
      labels: [
        { key: "team", value: "data" },
        { key: "system.correlationId", value: "e1" },
      ],
      outputs: { text: 'quotes " and \\ and \u0000 and 🚀', deep: { a: [{}, []] } },
      trigger: { id: "hook", type: "io.kestra.plugin.core.trigger.Webhook", variables: { body: { a: 1 } } },
      parent: { executionId: "e0", taskRun: 3, iteration: 7 },
      scheduleDate: T0 + 5,
      error: "it broke",
      notes: [{ at: T0, code: "killed", by: 'Ada "\u0000" Lovelace' }],
    });
    await store.commit({ executions: [row] });
    expect(await store.executions.get(TENANT, "e1")).toStrictEqual(row);
  });

  test("an execution is replaced whole", async () => {
    const { store } = await setup();
    await store.commit({ executions: [execution("e1", { error: "was", labels: [{ key: "a", value: "1" }] })] });
    const replaced = execution("e1", { state: "SUCCESS", start: T0 + 60_000, namespace: "other", flowId: "moved" });
    await store.commit({ executions: [replaced] });
    expect(await store.executions.get(TENANT, "e1")).toStrictEqual(replaced);
    const search = { offset: 0, limit: 10 };
    expect((await store.executions.search({ tenant: TENANT, namespace: "company.team" }, search)).total).toBe(0);
    const moved = await store.executions.search({ tenant: TENANT, namespace: "other", flowId: "moved" }, search);
    expect(moved).toEqual({ rows: [replaced], total: 1 });
    const labelled = { tenant: TENANT, labels: [{ key: "a", value: "1" }] };
    expect((await store.executions.search(labelled, search)).total).toBe(0);
  });

  test("an execution that isn't there reads as missing", async () => {
    const { store } = await setup();
    expect(await store.executions.get(TENANT, "nobody")).toBeUndefined();
    expect(await store.executions.taskRuns(TENANT, "nobody")).toEqual([]);
  });

  test("many executions come with their task runs, in the order that was asked for, without those that are missing", async () => {
    const { store } = await setup();
    const other = { ...execution("e1", { error: "of another tenant" }), tenant: "other" };
    await store.commit({
      executions: [execution("e1"), execution("e2"), execution("e3"), other],
      taskRuns: [taskRun("e2", 11), taskRun("e2", 2), taskRun("e1", 0)],
    });
    const keys = ["e3", "nobody", "e2", "e1"].map((id) => ({ tenant: TENANT, id }));
    const found = await store.executions.whole([...keys, { tenant: "other", id: "e1" }]);
    expect(found).toStrictEqual([
      { row: execution("e3"), taskRuns: [] },
      { row: execution("e2"), taskRuns: [taskRun("e2", 2).row, taskRun("e2", 11).row] },
      { row: execution("e1"), taskRuns: [taskRun("e1", 0).row] },
      { row: other, taskRuns: [] },
    ]);
    expect(await store.executions.whole([])).toEqual([]);
  });

  test("task runs come in the order of their index and are replaced whole", async () => {
    const { store } = await setup();
    const taskRuns = [11, 2, 0, 10, 1].map((index) => taskRun("e1", index, { outputs: { index }, memory: { a: 1 } }));
    await store.commit({ taskRuns });
    await store.commit({ taskRuns: [taskRun("e1", 2, { state: "SUCCESS", value: "x", iteration: 4, parent: 0 })] });
    const rows = await store.executions.taskRuns(TENANT, "e1");
    expect(rows.map((row) => row.index)).toEqual([0, 1, 2, 10, 11]);
    expect(rows[2]).toStrictEqual(taskRun("e1", 2, { state: "SUCCESS", value: "x", iteration: 4, parent: 0 }).row);
    await store.commit({ removedTaskRuns: [{ tenant: TENANT, executionId: "e1", index: 10 }] });
    expect((await store.executions.taskRuns(TENANT, "e1")).map((row) => row.index)).toEqual([0, 1, 2, 11]);
  });

  test("tenants don't see each other's executions", async () => {
    const { store } = await setup();
    await store.commit({
      executions: [execution("e1"), execution("e1", { tenant: "other", flowId: "theirs" })],
      taskRuns: [{ ...taskRun("e1", 0), tenant: "other" }],
    });
    expect((await store.executions.get(TENANT, "e1"))?.flowId).toBe("hello");
    expect((await store.executions.get("other", "e1"))?.flowId).toBe("theirs");
    expect(await store.executions.taskRuns(TENANT, "e1")).toEqual([]);
    const page = await store.executions.search({ tenant: "other" }, { offset: 0, limit: 10 });
    expect(page.rows.map((row) => row.flowId)).toEqual(["theirs"]);
    expect(await store.executions.countByFlow("other", "company.team", "hello", ["RUNNING"])).toBe(0);
  });
}

/** Executions by their state and by their flow. */
function stateTests(setup: Setup): void {
  test("executions in given states are listed oldest first, over all tenants, page by page", async () => {
    const { store } = await setup();
    await store.commit({
      executions: [
        execution("c", { start: T0 + 1 }),
        execution("b", { start: T0 + 2, tenant: "other", state: "QUEUED" }),
        execution("a", { start: T0 + 2, state: "PAUSED" }),
        execution("d", { start: T0, state: "SUCCESS" }),
        execution("e", { start: T0 + 3, state: "CREATED" }),
      ],
    });
    const states = ["RUNNING", "QUEUED", "PAUSED"] as const;
    const first = await store.executions.listByState(states, 2);
    expect(first).toEqual([
      { tenant: TENANT, id: "c", namespace: "company.team", flowId: "hello", state: "RUNNING" },
      { tenant: TENANT, id: "a", namespace: "company.team", flowId: "hello", state: "PAUSED" },
    ]);
    const second = await store.executions.listByState(states, 2, first[1]);
    expect(second.map((row) => row.id)).toEqual(["b"]);
    expect(await store.executions.listByState(states, 2, second[0])).toEqual([]);
    const ended = await store.executions.listByState(["SUCCESS", "RUNNING"], 10);
    expect(ended.map((row) => row.id)).toEqual(["d", "c"]);
  });

  test("executions of a flow are counted by state", async () => {
    const { store } = await setup();
    await store.commit({
      executions: [
        execution("a"),
        execution("b", { state: "QUEUED" }),
        execution("c", { state: "SUCCESS" }),
        execution("d", { flowId: "other" }),
        execution("e", { namespace: "company" }),
      ],
    });
    const count = (states: Parameters<typeof store.executions.countByFlow>[3]): Promise<number> =>
      store.executions.countByFlow(TENANT, "company.team", "hello", states);
    expect(await count(["RUNNING"])).toBe(1);
    expect(await count(["RUNNING", "QUEUED"])).toBe(2);
    expect(await count(["SUCCESS", "QUEUED"])).toBe(2);
    await store.commit({ executions: [execution("a", { state: "SUCCESS" })] });
    expect(await count(["RUNNING"])).toBe(0);
    expect(await count(["SUCCESS"])).toBe(2);
  });

  test("the latest execution of each flow is found", async () => {
    const { store } = await setup();
    await store.commit({
      executions: [
        execution("a", { start: T0 + 5 }),
        execution("b", { start: T0 + 1 }),
        execution("c", { start: T0 + 9, flowId: "other" }),
        execution("d", { start: T0 + 99, tenant: "elsewhere" }),
      ],
    });
    const flows = ["hello", "never", "other"].map((id) => ({ tenant: TENANT, namespace: "company.team", id }));
    const latest = await store.executions.latest(TENANT, flows);
    expect(latest.map((row) => row.id)).toEqual(["a", "c"]);
  });
}
