import { expect, test } from "vitest";
import type { ExecutionFilter, LogFilter, MetricFilter } from "../store.ts";
import { execution, line, logBatch, metric, T0, TENANT, type Setup } from "./fixtures.ts";

/** Three parts of ten milliseconds each. */
const PARTS = [0, 10, 20].map((from) => ({ from: T0 + from, before: T0 + from + 10 }));

const EXECUTIONS = [
  execution("before", { start: T0 - 1 }),
  execution("a", { start: T0, state: "SUCCESS", labels: [{ key: "team", value: "data" }] }),
  execution("b", { start: T0 + 9, state: "FAILED", flowId: "bye" }),
  execution("c", { start: T0 + 5, state: "SUCCESS", namespace: "company" }),
  execution("d", { start: T0 + 20, kind: "TEST", labels: [{ key: "env", value: "prod" }] }),
  execution("e", {
    start: T0 + 29,
    state: "SUCCESS",
    history: [
      { state: "CREATED", date: T0 + 29 },
      { state: "SUCCESS", date: T0 + 39 },
    ],
  }),
  execution("behind", { start: T0 + 30 }),
  execution("foreign", { start: T0, tenant: "other" }),
];
const half = { count: 1, sumMs: 500, minMs: 500, maxMs: 500 };

export function statisticTests(setup: Setup): void {
  executionStatisticTests(setup);
  lineAndMetricTests(setup);
}

/** Of executions. */
function executionStatisticTests(setup: Setup): void {
  test("executions are counted by the part of time in which they start, and by state", async () => {
    const { store } = await setup();
    await store.commit({ executions: EXECUTIONS });
    const count = (filter: Omit<ExecutionFilter, "tenant">, by?: "NAMESPACE" | "FLOW") =>
      store.executions.statistics({ tenant: TENANT, ...filter }, PARTS, by);
    expect(await count({})).toStrictEqual([
      { part: 0, state: "FAILED", count: 1, durations: half },
      { part: 0, state: "SUCCESS", count: 2, durations: { count: 2, sumMs: 1000, minMs: 500, maxMs: 500 } },
      { part: 2, state: "RUNNING", count: 1 },
      { part: 2, state: "SUCCESS", count: 1, durations: { count: 1, sumMs: 10, minMs: 10, maxMs: 10 } },
    ]);
    expect(await count({ states: ["SUCCESS"] }, "NAMESPACE")).toMatchObject([
      { part: 0, namespace: "company", count: 1 },
      { part: 0, namespace: "company.team", count: 1 },
      { part: 2, namespace: "company.team", count: 1 },
    ]);
    expect(await count({ namespace: "company.team", startBefore: T0 + 9 }, "FLOW")).toStrictEqual([
      { part: 0, namespace: "company.team", flowId: "bye", state: "FAILED", count: 1, durations: half },
      { part: 0, namespace: "company.team", flowId: "hello", state: "SUCCESS", count: 1, durations: half },
    ]);
    expect(await count({ labels: [{ key: "team", value: "data" }] })).toMatchObject([{ part: 0, count: 1 }]);
    expect(await count({ query: "NOTHING" })).toEqual([]);
    expect(await store.executions.statistics({ tenant: TENANT }, [])).toEqual([]);
  });

  test("the values of a field of executions are listed once each, sorted, no more than asked for", async () => {
    const { store } = await setup();
    await store.commit({ executions: EXECUTIONS });
    const distinct = (
      ...[field, limit = 9, filter = {}]: [
        Parameters<typeof store.executions.distinct>[1],
        number?,
        Omit<ExecutionFilter, "tenant">?,
      ]
    ) => store.executions.distinct({ tenant: TENANT, ...filter }, field, limit);
    expect(await distinct("namespace")).toEqual(["company", "company.team"]);
    expect(await distinct("namespace", 1)).toEqual(["company"]);
    expect(await distinct("flowId")).toEqual(["bye", "hello"]);
    expect(await distinct("state")).toEqual(["FAILED", "RUNNING", "SUCCESS"]);
    expect(await distinct("state", 9, { namespace: "company" })).toEqual(["SUCCESS"]);
    expect(await distinct("kind")).toEqual(["NORMAL", "TEST"]);
    expect(await distinct("labels")).toEqual(["env:prod", "team:data"]);
    expect(await distinct("labels", 9, { kinds: ["TEST"] })).toEqual(["env:prod"]);
  });
}

/** Of log lines and metrics. */
function lineAndMetricTests(setup: Setup): void {
  test("lines are counted by the part of time they are of, and by level", async () => {
    const { store } = await setup();
    await store.commit({
      logs: [
        logBatch({ lines: [line(-1, "x"), line(0, "a"), line(9, "b")] }),
        logBatch({ lines: [line(1, "c"), line(2, "d")] }),
        logBatch({ lines: [line(3, "e", "ERROR"), line(25, "f", "DEBUG")], namespace: "company" }),
        logBatch({ lines: [line(5, "g"), line(15, "h")], executionId: "e1" }),
        logBatch({ lines: [line(5, "foreign")], tenant: "other" }),
      ],
    });
    const count = async (filter: Omit<LogFilter, "tenant">) => {
      const found = await store.logs.statistics({ tenant: TENANT, ...filter }, PARTS);
      return found.map(({ part, level, count: lines }) => `${part} ${level} ${lines}`);
    };
    expect(await count({})).toEqual(["0 INFO 5", "0 ERROR 1", "1 INFO 1", "2 DEBUG 1"]);
    expect(await count({ minimumLevel: "WARN" })).toEqual(["0 ERROR 1"]);
    expect(await count({ after: T0 + 2, before: T0 + 15 })).toEqual(["0 INFO 3", "0 ERROR 1", "1 INFO 1"]);
    expect(await count({ query: "C" })).toEqual(["0 INFO 1"]);
    expect(await count({ withoutText: "c" })).toEqual(["0 INFO 4", "0 ERROR 1", "1 INFO 1", "2 DEBUG 1"]);
    expect(await count({ executionId: "e1" })).toEqual(["0 INFO 1", "1 INFO 1"]);
    expect(await count({ namespace: "company" })).toEqual(["0 ERROR 1", "2 DEBUG 1"]);
  });

  test("values of metrics are summed up for each part of time", async () => {
    const { store } = await setup();
    await store.commit({
      metrics: [
        metric("rows", { time: T0 - 1, value: 100 }),
        metric("rows", { time: T0, value: 1.5 }),
        metric("rows", { time: T0 + 9, value: -2, taskId: "load" }),
        metric("rows", { time: T0 + 29, value: 4, executionId: "e2" }),
        metric("rows", { time: T0 + 30, value: 100 }),
        metric("bytes", { time: T0, value: 100 }),
        metric("rows", { time: T0, value: 100, tenant: "other" }),
      ],
    });
    const rows = (filter: Omit<MetricFilter, "tenant">) =>
      store.metrics.statistics({ tenant: TENANT, name: "rows", ...filter }, PARTS);
    expect(await rows({})).toEqual([
      { part: 0, count: 2, sum: -0.5, min: -2, max: 1.5 },
      { part: 2, count: 1, sum: 4, min: 4, max: 4 },
    ]);
    expect(await rows({ taskId: "load" })).toEqual([{ part: 0, count: 1, sum: -2, min: -2, max: -2 }]);
    const filter = { tenant: TENANT, namespace: "company.team", flowId: "hello" };
    expect(await store.metrics.distinct(filter, "name")).toEqual(["bytes", "rows"]);
    expect(await store.metrics.distinct({ ...filter, name: "rows" }, "taskId")).toEqual(["load", "task"]);
    expect(await store.metrics.distinct({ ...filter, flowId: "bye" }, "name")).toEqual([]);
  });
}
