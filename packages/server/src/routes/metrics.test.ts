import { expect, test } from "vitest";
import { NOW, setup } from "../testing/setup.ts";

const DAY_MS = 86_400_000;

async function withMetrics() {
  const bundle = await setup();
  const id = await bundle.start();
  const source = {
    tenant: "main",
    namespace: "company.team",
    flowId: "hello",
    executionId: id,
    taskRunId: `${id}-run`,
  };
  const metric = (name: string, value: number, time: number, taskId = "hello") =>
    ({ ...source, taskId, name, value, time, type: "counter", tags: { a: "b" } }) as const;
  const metrics = [
    metric("rows", 1, NOW - 2 * DAY_MS),
    metric("rows", 2, NOW),
    metric("rows", 6, NOW, "other"),
    metric("bytes", 100, NOW),
  ];
  await bundle.runtime.store.commit({ metrics });
  return { ...bundle, id };
}

test("metrics of an execution are listed", async () => {
  const { call, id } = await withMetrics();
  expect((await call("GET", `/metrics/${id}?taskId=hello&size=1`)).json).toMatchObject({
    total: 3,
    results: [{ name: "rows", value: 1, tags: { a: "b" }, type: "counter" }],
  });
  expect((await call("GET", "/metrics/absent")).status).toBe(404);
  expect((await call("GET", `/metrics/${id}?sort=color:asc`)).status).toBe(422);
});

test("names of metrics, and tasks that have some", async () => {
  const { call } = await withMetrics();
  expect((await call("GET", "/metrics/names/company.team/hello")).json).toEqual(["bytes", "rows"]);
  expect((await call("GET", "/metrics/names/company.team/hello/other")).json).toEqual(["rows"]);
  expect((await call("GET", "/metrics/tasks/company.team/hello")).json).toEqual(["hello", "other"]);
  expect((await call("GET", "/metrics/names/company.team/absent")).json).toEqual([]);
});

test.each([
  ["sum", 8],
  ["avg", 4],
  ["min", 2],
  ["max", 6],
])("a metric of a flow is summed up by %s for each day", async (aggregation, value) => {
  const { call } = await withMetrics();
  const { json } = await call("GET", `/metrics/aggregates/company.team/hello/rows?aggregation=${aggregation}`);
  const { groupBy, aggregations } = json as { groupBy: string; aggregations: { date: string; value?: number }[] };
  expect(groupBy).toBe("day");
  expect(aggregations).toHaveLength(31);
  expect(aggregations.at(-1)).toEqual({ name: "rows", value, date: "2026-01-02T00:00:00.000Z" });
  expect(aggregations.at(-2)).toEqual({ name: "rows", date: "2026-01-01T00:00:00.000Z" });
  expect(aggregations.at(-3)?.value).toBe(1);
});

test("a metric of one task, and the parts of short and long ranges", async () => {
  const { call } = await withMetrics();
  const get = (query: string) => call("GET", `/metrics/aggregates/company.team/hello/other/rows?${query}`);
  const end = "endDate=2026-01-02T03:04:05Z";
  for (const [start, groupBy] of [
    ["2026-01-02T03:00:00Z", "minute"],
    ["2026-01-01T04:00:00Z", "hour"],
    ["2025-12-01T00:00:00Z", "day"],
    ["2025-06-01T00:00:00Z", "week"],
    ["2020-01-01T00:00:00Z", "month"],
  ]) {
    const { json } = await get(`startDate=${start}&${end}`);
    expect(json).toMatchObject({ groupBy });
    expect((json as { aggregations: { value?: number }[] }).aggregations.at(-1)?.value).toBe(6);
  }
  expect((await get(`startDate=2027-01-01T00:00:00Z&${end}`)).status).toBe(422);
  expect((await get("startDate=soon")).status).toBe(400);
  expect((await get("aggregation=median")).status).toBe(400);
});
