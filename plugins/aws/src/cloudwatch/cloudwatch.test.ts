import { CloudWatch } from "@aws-sdk/client-cloudwatch";
import type { TriggerDefinition } from "@capstan/sdk";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { definition } from "../testing/bucket-world.ts";
import { createServiceWorld, SECRET } from "../testing/service-world.ts";
import { POINTS_MAX } from "./metric-query.ts";

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
}, 120_000);
afterAll(() => server.stop());

const MINUTE = 60_000;
/** A minute that is over. */
const NOW = Math.floor(Date.now() / MINUTE) * MINUTE;
const METRIC = { metricName: "Rows", dimensions: [{ name: "table", value: "orders" }] };

/** A namespace with values of some minutes before `NOW`. */
async function metricWorld(values: Readonly<Record<number, readonly number[]>> = {}) {
  const world = createServiceWorld(server, { now: () => NOW });
  const namespace = world.name;
  const cloudwatch = new CloudWatch(world.settings);
  onTestFinished(() => cloudwatch.destroy());
  for (const [minutes, ofMinute] of Object.entries(values))
    for (const Value of ofMinute)
      await cloudwatch.putMetricData({
        Namespace: namespace,
        MetricData: [
          {
            MetricName: "Rows",
            Dimensions: [{ Name: "table", Value: "orders" }],
            Timestamp: new Date(NOW - Number(minutes) * MINUTE),
            Unit: "Count",
            Value,
          },
        ],
      });
  return { ...world, namespace, cloudwatch };
}

test.each([
  ["Average", [5, 1]],
  ["Sum", [10, 1]],
  ["Minimum", [2, 1]],
  ["Maximum", [8, 1]],
  ["SampleCount", [2, 1]],
])("the points of a metric in the order of time: %s", async (statistic, values) => {
  const { run, namespace } = await metricWorld({ 1: [1], 3: [2, 8] });
  const { outputs, message } = await run("cloudwatch.Query", { namespace, ...METRIC, statistic });
  expect(message).toBeUndefined();
  expect(outputs?.["count"]).toBe(2);
  expect(outputs?.["series"]).toEqual(
    values.map((value, index) => ({
      timestamp: new Date(NOW - (index === 0 ? 3 : 1) * MINUTE).toISOString(),
      value,
      unit: "Count",
    })),
  );
});

test("points of before the window, and of other dimensions, are left out", async () => {
  const { run, namespace } = await metricWorld({ 1: [1], 7: [2] });
  const count = async (more: object) =>
    (await run("cloudwatch.Query", { namespace, ...METRIC, ...more })).outputs?.["count"];
  expect(await count({})).toBe(1);
  expect(await count({ window: "PT10M" })).toBe(2);
  expect(await count({ dimensions: [{ name: "table", value: "others" }] })).toBe(0);
});

test("the window has as many periods as CloudWatch answers, and no more", async () => {
  const { run, namespace } = await metricWorld();
  const asked = async (minutes: number) =>
    (await run("cloudwatch.Query", { namespace, ...METRIC, window: `PT${minutes}M` })).message;
  expect(await asked(POINTS_MAX)).toBeUndefined();
  expect(await asked(POINTS_MAX + 1)).toMatch("`window` has 1441 periods of 60 seconds, and CloudWatch answers 1440");
});

test("a metric without a namespace is refused", async () => {
  const { run } = await metricWorld();
  expect((await run("cloudwatch.Query", METRIC)).message).toMatch("`namespace` is missing");
});

test("values are handed over, with their units and dimensions", async () => {
  const { run, cloudwatch, namespace, world } = await metricWorld();
  const metrics = [
    { metricName: "Rows", value: 7, unit: "Count", dimensions: { table: "orders", part: 2 } },
    { metricName: "Seconds", value: 0.5 },
  ];
  expect((await run("cloudwatch.Push", { namespace, metrics })).outputs).toEqual({ count: 2 });
  const { Metrics } = await cloudwatch.listMetrics({ Namespace: namespace });
  expect(Metrics).toMatchObject([
    {
      MetricName: "Rows",
      Dimensions: [
        { Name: "table", Value: "orders" },
        { Name: "part", Value: "2" },
      ],
    },
    { MetricName: "Seconds" },
  ]);
  expect(JSON.stringify(world.logs)).not.toContain(SECRET);
});

test("more values than one request takes go in several", async () => {
  const { run, namespace } = await metricWorld();
  const metrics = Array.from({ length: 1_001 }, (_, value) => ({ metricName: "Rows", value }));
  expect((await run("cloudwatch.Push", { namespace, metrics })).outputs).toEqual({ count: 1_001 });
});

test("a trigger starts the flow while there are points", async () => {
  const { world, connection, namespace } = await metricWorld({ 1: [4] });
  const trigger = definition("cloudwatch.Trigger") as TriggerDefinition;
  const asked = (window: string) =>
    world.poll(trigger, { ...connection, namespace, ...METRIC, statistic: "Sum", window });
  expect(await asked("PT5M")).toMatchObject({ variables: { count: 1, series: [{ value: 4 }] } });
  expect(await asked("PT0.5S")).toBeUndefined();
});
