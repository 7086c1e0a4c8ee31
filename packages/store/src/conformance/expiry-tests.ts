import { expect, test } from "vitest";
import { DAY_MS } from "../days.ts";
import type { Expiry, Span } from "../expiry.ts";
import { leastIdAt } from "../id-times.ts";
import type { ExecutionRow, Store } from "../store.ts";
import { execution, FIRST_PAGE, line, logBatch, metric, taskRun, TENANT, T0, type Setup } from "./fixtures.ts";

/** The beginning of a day. */
const D0 = Math.floor(T0 / DAY_MS) * DAY_MS;

/** An execution made at a time, which is in its id, and ended half a second later. */
function made(time: number, changes: Partial<ExecutionRow> = {}): ExecutionRow {
  const id = `${leastIdAt(time)}${"0".repeat(13)}`;
  return execution(id, { start: time, state: "SUCCESS", ...changes });
}

async function commitWhole(store: Store, row: ExecutionRow): Promise<void> {
  const { tenant, id: executionId } = row;
  await store.commit({
    executions: [row],
    taskRuns: [0, 1].map((index) => ({ ...taskRun(executionId, index), tenant })),
    logs: [logBatch({ tenant, executionId, lines: [line(0, "one"), line(1, "two")] })],
    metrics: ["rows", "bytes", "files"].map((name) => metric(name, { tenant, executionId })),
  });
}

async function expired(store: Store, expiry: Expiry): Promise<readonly string[]> {
  return (await store.expiry.list(TENANT, expiry, 100)).map(({ id }) => id);
}

const ALL: Expiry = [{ endBefore: D0 + 100 * DAY_MS }];

export function expiryTests(setup: Setup): void {
  test("executions expire by their end, and one that lives never does", async () => {
    const { store } = await setup();
    const rows = [made(D0), made(D0 + 1000), made(D0 + 2000, { state: "RUNNING" }), made(D0 + 3000)];
    await store.commit({ executions: rows.toReversed() });
    const [first, second, , last] = rows.map(({ id }) => id);
    expect(await expired(store, [{ endBefore: D0 + 1500 }])).toEqual([first, second]);
    expect(await expired(store, [{ endBefore: D0 + 1499 }])).toEqual([first]);
    expect(await expired(store, ALL)).toEqual([first, second, last]);
    expect(await expired(store, [{ startAfter: D0 + 1000, endBefore: D0 + 9000 }])).toEqual([second, last]);
    expect(await expired(store, [])).toEqual([]);
    expect(await expired(store, [{}])).toEqual([]);
  });

  test("the first rule that is about an execution decides", async () => {
    const { store } = await setup();
    const rows = [
      made(D0, { namespace: "audit" }),
      made(D0 + 1, { namespace: "audit.deep", flowId: "kept" }),
      made(D0 + 2, { namespace: "auditing" }),
      made(D0 + 3, { state: "FAILED" }),
      made(D0 + 4),
    ];
    await store.commit({ executions: [...rows, made(D0 + 5, { tenant: "other" })] });
    const [audit, deep, auditing, failed, plain] = rows.map(({ id }) => id);
    const late = { endBefore: D0 + DAY_MS };
    expect(await expired(store, [{ namespacePrefix: "audit" }, late])).toEqual([auditing, failed, plain]);
    expect(await expired(store, [{ namespace: "audit" }, late])).toEqual([deep, auditing, failed, plain]);
    expect(await expired(store, [{ flowId: "kept" }, { namespacePrefix: "audit", ...late }])).toEqual([audit]);
    expect(await expired(store, [{ namespace: "audit.deep", flowId: "kept", ...late }])).toEqual([deep]);
    expect(await expired(store, [{ states: ["FAILED", "KILLED"], ...late }])).toEqual([failed]);
    expect(await expired(store, [{ tenant: "other", ...late }])).toEqual([]);
  });

  test("a walk over what has expired goes on behind the last, whatever was removed meanwhile", async () => {
    const { store } = await setup();
    const rows = [0, 1, 2, 3, 4].map((number) => made(D0 + Math.floor(number / 2), { id: `e${number}` }));
    await store.commit({ executions: rows });
    const first = await store.expiry.list(TENANT, ALL, 2);
    expect(first.map(({ id }) => id)).toEqual(["e0", "e1"]);
    expect(first[0]).toEqual({
      tenant: TENANT,
      id: "e0",
      namespace: "company.team",
      flowId: "hello",
      startDate: D0,
      endDate: D0 + 500,
    });
    const removedExecutions = first.map(({ tenant, id }) => ({ tenant, id, logs: true, metrics: true }));
    await store.commit({ removedExecutions });
    const rest = await store.expiry.list(TENANT, ALL, 9, first[1]);
    expect(rest.map(({ id }) => id)).toEqual(["e2", "e3", "e4"]);
  });

  test("the extent of executions is told in the order of their keys", async () => {
    const { store } = await setup();
    await commitWhole(store, made(D0, { id: "e1" }));
    await store.commit({ executions: [execution("e2")] });
    const keys = ["e2", "missing", "e1"].map((id) => ({ tenant: TENANT, id }));
    expect(await store.expiry.extents(keys)).toEqual([
      { taskRuns: 0, logLines: 0, metrics: 0 },
      undefined,
      { endDate: D0 + 500, taskRuns: 2, logLines: 2, metrics: 3 },
    ]);
    expect(await store.expiry.extents([])).toEqual([]);
  });

  test("logs and metrics go without their execution when it is kept", async () => {
    const { store } = await setup();
    await commitWhole(store, made(D0, { id: "e1" }));
    await store.commit({
      removedExecutions: [{ tenant: TENANT, id: "e1", keepsExecution: true, logs: true, metrics: false }],
    });
    const [extent] = await store.expiry.extents([{ tenant: TENANT, id: "e1" }]);
    expect(extent).toEqual({ endDate: D0 + 500, taskRuns: 2, logLines: 0, metrics: 3 });
    expect((await store.executions.get(TENANT, "e1"))?.state).toBe("SUCCESS");
  });

  test("logs go in slices of whole batches, the oldest first", async () => {
    const { store } = await setup();
    for (const [executionId, first, last] of [
      ["e1", 10, 20],
      ["e2", 0, 30],
      ["e3", 20, 20],
      ["e4", 5, 99],
    ] as const) {
      await store.commit({ logs: [logBatch({ executionId, lines: [line(first, "first"), line(last, "last")] })] });
    }
    const filter = { tenant: TENANT, before: T0 + 50 };
    expect(await store.expiry.logSlice(filter, 1)).toEqual({ until: T0 + 20, lines: 4 });
    await store.commit({ removedLogs: [{ ...filter, before: T0 + 20, wholeBatches: true }] });
    expect(await store.expiry.logSlice(filter, 1)).toEqual({ until: T0 + 30, lines: 2 });
    await store.commit({ removedLogs: [{ ...filter, before: T0 + 30, wholeBatches: true }] });
    expect(await store.expiry.logSlice(filter, 1)).toBeUndefined();
    const { rows } = await store.logs.search({ tenant: TENANT }, FIRST_PAGE);
    expect(rows.map(({ executionId, message }) => [executionId, message])).toEqual([
      ["e4", "first"],
      ["e4", "last"],
    ]);
    expect(await store.expiry.logSlice({ tenant: TENANT, query: "last" }, 9)).toBeUndefined();
  });
}

/** What stores without spans are asked. */
export function spanlessTests(setup: Setup): void {
  test("there are no spans", async () => {
    const { store } = await setup();
    await commitWhole(store, made(D0));
    expect(await store.expiry.spans()).toEqual([]);
  });
}

export function spanTests(setup: Setup): void {
  const spanOf = async (store: Store, { id }: ExecutionRow): Promise<Span> => {
    const span = (await store.expiry.spans()).find(({ least, end }) => least <= id && id < end);
    if (span === undefined) throw new Error(`no span has the execution ${id}`);
    return span;
  };

  test("a span goes whole when all in it has expired, and nothing else does", async () => {
    const { store } = await setup();
    const rows = [
      made(D0 + 1, { state: "FAILED" }),
      made(D0 + 2, { tenant: "other", labels: [{ key: "team", value: "data" }] }),
      made(D0 + DAY_MS),
    ];
    for (const row of rows) await commitWhole(store, row);
    const span = await spanOf(store, rows[0]!);
    const flow = { namespace: "company.team", id: "hello" };
    const flows = [
      { tenant: TENANT, ...flow },
      { tenant: "other", ...flow },
    ];
    const counts = { logLines: 4, metrics: 6 };
    expect(await store.expiry.removeSpan(span, ALL, { counted: true })).toEqual({ flows, executions: 2, counts });
    expect(await store.executions.get(TENANT, rows[0]!.id)).toBeUndefined();
    expect(await store.executions.taskRuns(TENANT, rows[0]!.id)).toEqual([]);
    expect((await store.logs.search({ tenant: "other" }, FIRST_PAGE)).total).toBe(0);
    expect((await store.metrics.search({ tenant: "other" }, FIRST_PAGE)).total).toBe(0);
    const { rows: left } = await store.executions.search({ tenant: TENANT }, FIRST_PAGE);
    expect(left.map(({ id }) => id)).toEqual([rows[2]!.id]);
    expect((await store.executions.search({ tenant: TENANT, states: ["FAILED"] }, FIRST_PAGE)).total).toBe(0);
    const labels = [{ key: "team", value: "data" }];
    expect((await store.executions.search({ tenant: "other", labels }, FIRST_PAGE)).total).toBe(0);
  });

  test.each<[string, Partial<ExecutionRow>, Expiry]>([
    ["lives", { state: "PAUSED" }, ALL],
    ["ended too late", { history: [{ state: "SUCCESS", date: D0 + 200 * DAY_MS }] }, ALL],
    ["is of a namespace that is kept", { namespace: "audit" }, [{ namespacePrefix: "audit" }, ...ALL]],
    ["is of a tenant without a rule", { tenant: "other" }, [{ tenant: TENANT, ...ALL[0] }]],
  ])("a span stays whole while one execution in it %s", async (_what, changes, expiry) => {
    const { store } = await setup();
    const rows = [made(D0 + 1), made(D0 + 2, changes)];
    for (const row of rows) await commitWhole(store, row);
    const span = await spanOf(store, rows[0]!);
    expect(await store.expiry.removeSpan(span, expiry)).toBeUndefined();
    expect((await store.executions.get(TENANT, rows[0]!.id))?.id).toBe(rows[0]!.id);
    expect((await store.logs.search({ tenant: TENANT, executionId: rows[0]!.id }, FIRST_PAGE)).total).toBe(2);
  });

  test.each(["timers", "messages"] as const)("a span stays while one of its executions has %s", async (what) => {
    const { store } = await setup();
    const row = made(D0 + 1);
    const key = { tenant: TENANT, executionId: row.id };
    await store.commit({
      executions: [row],
      ...(what === "timers" ? { timers: [{ ...key, key: "retry", at: T0 }] } : {}),
      ...(what === "messages" ? { messages: [{ ...key, id: "m", body: null }] } : {}),
    });
    const span = await spanOf(store, row);
    expect(await store.expiry.removeSpan(span, ALL)).toBeUndefined();
    expect(await store.executions.get(TENANT, row.id)).toBeDefined();
  });

  test("an execution of a span that is gone is written again as any other", async () => {
    const { store, reopen } = await setup();
    const row = made(D0 + 1);
    await commitWhole(store, row);
    const span = await spanOf(store, row);
    const removed = await store.expiry.removeSpan(span, ALL);
    expect(removed?.executions).toBe(1);
    expect(removed).not.toHaveProperty("counts");
    expect((await store.expiry.removeSpan(span, ALL))?.executions ?? 0).toBe(0);
    await commitWhole(store, row);
    expect((await store.executions.taskRuns(TENANT, row.id)).length).toBe(2);
    const again = await reopen();
    expect((await again.executions.get(TENANT, row.id))?.id).toBe(row.id);
  });
}
