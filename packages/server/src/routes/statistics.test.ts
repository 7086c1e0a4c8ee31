import { expect, test } from "vitest";
import { TIME_PARTS_MAX } from "../requests/time-range.ts";
import { NOW, setup } from "../testing/setup.ts";
import { STATISTIC_ENTRIES_MAX } from "./statistics.ts";

async function withExecutions() {
  const bundle = await setup();
  await bundle.start();
  const failed = await bundle.start();
  bundle.change(failed, {
    state: "FAILED",
    history: [
      { state: "CREATED", date: NOW },
      { state: "FAILED", date: NOW + 2000 },
    ],
  });
  const source = { tenant: "main", namespace: "company.team", flowId: "hello", executionId: failed };
  bundle.log({ ...source, lines: [{ time: NOW, level: "ERROR", message: "a" }] });
  return bundle;
}

test("executions of each day are counted by state, with how long they took", async () => {
  const { call } = await withExecutions();
  const { json } = await call("POST", "/stats/executions/daily", { namespace: "company" });
  const days = json as { startDate: string; executionCounts: object; duration: object; groupBy: string }[];
  expect(days).toHaveLength(31);
  expect(days.at(-1)).toEqual({
    startDate: "2026-01-02T00:00:00.000Z",
    groupBy: "day",
    executionCounts: { RUNNING: 1, FAILED: 1 },
    duration: { min: "PT2S", avg: "PT2S", max: "PT2S", sum: "PT2S", count: 1 },
  });
  expect(days.at(-2)?.executionCounts).toEqual({});
});

test("executions are counted by flow and by namespace", async () => {
  const { call } = await withExecutions();
  const byFlow = await call("POST", "/stats/executions/daily/group-by-flow", {
    flows: [{ namespace: "company.team", id: "hello" }],
  });
  const { "company.team": namespace } = byFlow.json as Record<string, Record<string, { executionCounts: object }[]>>;
  expect(namespace?.["hello"]?.at(-1)?.executionCounts).toEqual({ RUNNING: 1, FAILED: 1 });
  const none = await call("POST", "/stats/executions/daily/group-by-flow", { flows: [{ namespace: "a", id: "b" }] });
  expect(none.json).toEqual({});
  expect((await call("POST", "/stats/executions/daily/group-by-namespace", {})).json).toEqual({
    "company.team": { counts: { RUNNING: 1, FAILED: 1 }, total: 2 },
  });
});

test("the latest execution of each flow, lines of logs by level, flows and triggers", async () => {
  const { call } = await withExecutions();
  const latest = await call("POST", "/stats/executions/latest/group-by-flow", {
    flows: [{ namespace: "company.team", id: "hello" }],
  });
  expect(latest.json).toMatchObject([{ flowId: "hello", state: { current: "FAILED" } }]);
  const logs = (await call("POST", "/stats/logs/daily", {})).json as { counts: object }[];
  expect(logs.at(-1)).toMatchObject({ timestamp: "2026-01-02T00:00:00.000Z", counts: { ERROR: 1 } });
  expect((await call("POST", "/stats/summary", { namespace: "company" })).json).toEqual({ flows: 1, triggers: 0 });
  for (const path of ["/usages/all", "/usages"])
    expect((await call("GET", path)).json).toMatchObject({
      flows: { count: 1, namespacesCount: 1, taskTypeCount: { "io.kestra.plugin.core.log.Log": 1 } },
    });
});

test("statistics are of what they are asked for", async () => {
  const { call, runtime } = await withExecutions();
  const counts = async (body: object) => {
    const { json } = await call("POST", "/stats/executions/daily/group-by-namespace", body);
    return (json as Record<string, { counts: object }>)["company.team"]?.counts;
  };
  expect(await counts({ state: ["FAILED"] })).toEqual({ FAILED: 1 });
  expect(await counts({ scope: ["USER"] })).toEqual({ RUNNING: 1, FAILED: 1 });
  expect(await counts({ scope: ["SYSTEM"] })).toBeUndefined();
  expect(await counts({ flowId: "other" })).toBeUndefined();
  expect(await counts({ startDate: "2026-01-03T00:00:00Z", endDate: "2026-01-04T00:00:00Z" })).toBeUndefined();
  const lines = async (body: object) => {
    const { json } = await call("POST", "/stats/logs/daily", body);
    return (json as { counts: object }[]).at(-1)?.counts;
  };
  const source = { tenant: "main", namespace: "company.team", flowId: "hello", triggerId: "daily" };
  await runtime.store.commit({ logs: [{ ...source, lines: [{ time: NOW, level: "INFO", message: "b" }] }] });
  expect(await lines({})).toEqual({ INFO: 1, ERROR: 1 });
  expect(await lines({ logLevel: "WARN" })).toEqual({ ERROR: 1 });
  expect(await lines({ triggerId: "daily" })).toEqual({ INFO: 1 });
  expect(await lines({ flowId: "other" })).toEqual({});
});

test("no row is read to count rows, so that a million executions cost no memory", async () => {
  const { call, runtime, start } = await withExecutions();
  const id = await start();
  const { executions, logs, metrics } = runtime.store;
  for (const queries of [executions, logs, metrics])
    Object.assign(queries, { search: () => Promise.reject(new Error("rows were read")) });
  for (const [method, path, body] of [
    ["POST", "/stats/executions/daily", {}],
    ["POST", "/stats/executions/daily/group-by-flow", {}],
    ["POST", "/stats/executions/daily/group-by-namespace", {}],
    ["POST", "/stats/logs/daily", {}],
    ["POST", "/stats/summary", {}],
    ["GET", "/usages/all", undefined],
    ["GET", "/metrics/names/company.team/hello", undefined],
    ["GET", "/metrics/tasks/company.team/hello", undefined],
    ["GET", "/metrics/aggregates/company.team/hello/rows", undefined],
    ["GET", "/executions/distinct-field-values?field=labels", undefined],
  ] as const)
    expect([path, (await call(method, path, body)).status]).toEqual([path, 200]);
  expect((await call("GET", `/metrics/${id}`)).status).toBe(500);
});

test("more entries than the limit are refused with what to narrow", async () => {
  const { call, runtime } = await withExecutions();
  const [example] = (await runtime.store.executions.search({ tenant: "main" }, { offset: 0, limit: 1 })).rows;
  const flows = Math.floor(STATISTIC_ENTRIES_MAX / TIME_PARTS_MAX);
  const add = (from: number, to: number) =>
    runtime.store.commit({
      executions: Array.from({ length: to - from }, (_, index) => {
        const flowId = `flow-${from + index}`;
        return { ...example!, id: flowId, flowId };
      }),
    });
  const body = { startDate: "1700-01-01T00:00:00Z" };
  await add(0, flows - 1);
  expect((await call("POST", "/stats/executions/daily/group-by-flow", body)).status).toBe(200);
  await add(flows - 1, flows);
  const refused = await call("POST", "/stats/executions/daily/group-by-flow", body);
  expect([refused.status, refused.text]).toEqual([422, expect.stringContaining("narrow the range or the namespace")]);
  expect((await call("POST", "/stats/executions/daily/group-by-flow", { ...body, namespaceOnly: true })).status).toBe(
    200,
  );
});

test.each([
  ["/stats/executions/daily", { startDate: "2027-01-01T00:00:00Z" }],
  ["/stats/executions/daily", { state: ["WRONG"] }],
  ["/stats/executions/daily/group-by-flow", { flows: "all" }],
  ["/stats/executions/daily/group-by-namespace", { endDate: "soon" }],
  ["/stats/executions/latest/group-by-flow", {}],
  ["/stats/logs/daily", { startDate: 1 }],
  ["/stats/logs/daily", { logLevel: "LOUD" }],
  ["/stats/summary", []],
  ["/stats/summary", { scope: ["ALL"] }],
])("%s refuses %j", async (path, body) => {
  const { call } = await withExecutions();
  expect((await call("POST", path, body)).status).toBe(422);
});
