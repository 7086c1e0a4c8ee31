import { expect, test } from "vitest";
import { NOW, setup } from "../testing/setup.ts";

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

test.each([
  ["/stats/executions/daily", { startDate: "2027-01-01T00:00:00Z" }],
  ["/stats/executions/daily", { state: ["WRONG"] }],
  ["/stats/executions/daily/group-by-flow", { flows: "all" }],
  ["/stats/executions/daily/group-by-namespace", { endDate: "soon" }],
  ["/stats/executions/latest/group-by-flow", {}],
  ["/stats/logs/daily", { startDate: 1 }],
  ["/stats/summary", []],
])("%s refuses %j", async (path, body) => {
  const { call } = await withExecutions();
  expect((await call("POST", path, body)).status).toBe(422);
});
