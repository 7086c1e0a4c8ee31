import type { JsonMap, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, type TestOptions } from "@capstan/sdk/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { type Script, startBigQuery } from "../testing/bigquery-stand-in.ts";
import { definition } from "../testing/storage-world.ts";

const NO_WAIT = { type: "constant", interval: "PT0.001S" };

async function setup(script: Script = {}, options: TestOptions = {}) {
  const server = await startBigQuery(script);
  const world = createTestWorld(options);
  onTestFinished(async () => {
    await world[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  const run = (name: string, properties: JsonMap) =>
    world.run(definition(`bigquery.${name}`) as TaskDefinition, {
      endpoint: server.endpoint,
      accessToken: "token-1",
      projectId: "sales",
      ...properties,
    });
  return { server, world, run };
}

const SCHEMA = {
  fields: [
    { name: "id", type: "INTEGER" },
    { name: "big", type: "INTEGER" },
    { name: "price", type: "NUMERIC" },
    { name: "exact", type: "NUMERIC" },
    { name: "ratio", type: "FLOAT" },
    { name: "paid", type: "BOOLEAN" },
    { name: "at", type: "TIMESTAMP" },
    { name: "day", type: "DATE" },
    { name: "tags", type: "STRING", mode: "REPEATED" },
    { name: "who", type: "RECORD", fields: [{ name: "name", type: "STRING" }] },
    { name: "none", type: "STRING" },
  ],
};
const CELLS = [
  "7",
  "9007199254740993",
  "12.5",
  "0.10",
  "NaN",
  "true",
  "1767225600123456",
  "2026-01-01",
  [{ v: "a" }, { v: "b" }],
  { f: [{ v: "Ada" }] },
  null,
].map((v) => ({ v }));
const ROW = {
  id: 7,
  big: "9007199254740993",
  price: 12.5,
  exact: "0.10",
  ratio: "NaN",
  paid: true,
  at: "2026-01-01T00:00:00.123456Z",
  day: "2026-01-01",
  tags: ["a", "b"],
  who: { name: "Ada" },
  none: null,
};
const PAGES = [
  { schema: SCHEMA, rows: [{ f: CELLS }], pageToken: "1" },
  { schema: SCHEMA, rows: [{ f: CELLS }] },
];

test("rows of all pages are fetched, each value as its type", async () => {
  const { server, run } = await setup({ pages: PAGES });
  const outcome = await run("Query", { sql: "SELECT 1", fetchType: "FETCH", maxResults: 1 });
  expect(outcome.outputs).toMatchObject({ rows: [ROW, ROW], size: 2, jobId: "capstan_taskrun1-1_1" });
  expect(server.received.every(({ headers }) => headers.authorization === "Bearer token-1")).toBe(true);
});

test.each([
  ["fetchType", { fetchType: "STORE" }],
  ["the older property", { store: true }],
])("rows are stored with %s", async (_, how) => {
  const { world, run } = await setup({ pages: PAGES });
  const { outputs } = await run("Query", { sql: "SELECT 1", ...how });
  const lines = (await world.files.text(outputs!["uri"] as string)).trim().split("\n");
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([ROW, ROW]);
});

test("the first row, or nothing, is fetched", async () => {
  const { run } = await setup({ pages: PAGES });
  expect((await run("Query", { sql: "SELECT 1", fetchOne: true })).outputs).toMatchObject({ row: ROW, size: 1 });
});

test("without a fetchType no row is asked for", async () => {
  const { server, run } = await setup({ pages: PAGES });
  expect((await run("Query", { sql: "DELETE FROM a.b WHERE TRUE" })).outputs).not.toHaveProperty("rows");
  expect(server.received.some(({ url }) => url.includes("/queries/"))).toBe(false);
});

test("all that a query may say is said as BigQuery reads it", async () => {
  const { server, run } = await setup();
  const outcome = await run("Query", {
    sql: "SELECT 1",
    destinationTable: "other.sets.totals",
    defaultDataset: "sets",
    writeDisposition: "WRITE_TRUNCATE",
    createDisposition: "CREATE_NEVER",
    clusteringFields: ["a"],
    schemaUpdateOptions: ["ALLOW_FIELD_ADDITION"],
    timePartitioningField: "day",
    timePartitioningType: "MONTH",
    rangePartitioningField: "n",
    rangePartitioningStart: 0,
    rangePartitioningEnd: 100,
    rangePartitioningInterval: 10,
    legacySql: true,
    priority: "BATCH",
    useQueryCache: false,
    maximumBytesBilled: 5_000_000_000,
    labels: { team: "sales" },
    jobTimeout: "PT1M",
    location: "europe-west1",
  });
  expect(outcome).toMatchObject({
    state: "SUCCESS",
    outputs: { destinationTable: { project: "other", dataset: "sets", table: "totals" } },
  });
  expect(server.jobs[0]).toMatchObject({
    jobReference: { location: "europe-west1" },
    configuration: {
      labels: { team: "sales" },
      jobTimeoutMs: "60000",
      query: {
        useLegacySql: true,
        priority: "BATCH",
        maximumBytesBilled: "5000000000",
        defaultDataset: { projectId: "sales", datasetId: "sets" },
        timePartitioning: { type: "MONTH", field: "day" },
        rangePartitioning: { field: "n", range: { start: "0", end: "100", interval: "10" } },
      },
    },
  });
});

test("a dry run tells what would be read", async () => {
  const { world, run } = await setup({ statistics: { query: { totalBytesProcessed: "42" } } });
  const outcome = await run("Query", { sql: "SELECT 1", dryRun: true, fetchType: "FETCH" });
  expect(outcome).toMatchObject({ state: "SUCCESS", outputs: {} });
  expect(world.logs.at(-1)!.message).toBe("The query would read 42 bytes");
});

const CSV = { from: "", destinationTable: "sets.orders", format: "CSV" };

test("a file is loaded with all that is said about it", async () => {
  const { server, world, run } = await setup({ statistics: { load: { outputRows: "2", badRecords: "1" } } });
  const from = await world.files.put("orders.csv", "id;name\n1;Ada\n2;Bob\n");
  const outcome = await run("Load", {
    ...CSV,
    from,
    schema: {
      fields: [
        { name: "id", type: "INT64" },
        { name: "who", type: "RECORD", subFields: [{ name: "n", type: "STRING" }] },
      ],
    },
    csvOptions: { fieldDelimiter: ";", skipLeadingRows: 1, allowQuotedNewLines: true, encoding: "UTF-8" },
    writeDisposition: "WRITE_TRUNCATE",
    maxBadRecords: 1,
  });
  expect(outcome).toMatchObject({ outputs: { rows: 2, destinationTable: "sales.sets.orders" } });
  expect(server.contents).toEqual(["id;name\n1;Ada\n2;Bob\n"]);
  expect(server.jobs[0]!.configuration.load).toMatchObject({
    destinationTable: { projectId: "sales", datasetId: "sets", tableId: "orders" },
    sourceFormat: "CSV",
    fieldDelimiter: ";",
    allowQuotedNewlines: true,
    schema: { fields: [{ name: "id" }, { fields: [{ name: "n", type: "STRING" }] }] },
  });
  expect(world.metrics).toContainEqual({ name: "bad.records", type: "counter", value: 1 });
});

test.each([
  ["JSON", "NEWLINE_DELIMITED_JSON"],
  ["AVRO", "AVRO"],
  ["PARQUET", "PARQUET"],
  ["ORC", "ORC"],
])("%s is loaded as %s", async (format, sourceFormat) => {
  const { server, world, run } = await setup();
  const from = await world.files.put("rows", '{"id":1}\n');
  expect((await run("Load", { ...CSV, from, format })).state).toBe("SUCCESS");
  expect(server.jobs[0]!.configuration.load?.sourceFormat).toBe(sourceFormat);
});

test("an empty file fails, unless that is allowed", async () => {
  const { server, world, run } = await setup();
  const from = await world.files.put("rows", "");
  expect((await run("Load", { ...CSV, from })).message).toContain("is empty");
  expect((await run("Load", { ...CSV, from, failedOnEmpty: false })).outputs).toMatchObject({ rows: 0 });
  expect(server.jobs).toEqual([]);
});

test("objects are loaded into a partition", async () => {
  const { server, run } = await setup({ statistics: { load: { outputRows: "10" } } });
  const from = ["gs://bucket/events/*.parquet"];
  const outcome = await run("LoadFromGcs", {
    from,
    destinationTable: "my.pro:ject.sets.events$20260101",
    format: "PARQUET",
  });
  expect(outcome.outputs).toMatchObject({ rows: 10, destinationTable: "my.pro:ject.sets.events$20260101" });
  expect(server.jobs[0]!.configuration.load).toMatchObject({
    sourceUris: from,
    destinationTable: { projectId: "my.pro:ject", tableId: "events$20260101" },
  });
});

test.each([
  ["LoadFromGcs", { from: ["kestra:///a"], destinationTable: "a.b" }, /bigquery\.Load/],
  ["LoadFromGcs", { from: [], destinationTable: "a.b" }, /is empty/],
  ["Query", { sql: "SELECT 1", destinationTable: "table" }, /names no table/],
])("%s with %j fails with words", async (name, properties, message) => {
  const { server, run } = await setup();
  expect((await run(name, properties)).message).toMatch(message);
  expect(server.jobs).toEqual([]);
});

test("a job that fails tells why, and what was not good", async () => {
  const { run } = await setup({ ends: [{ reason: "invalidQuery", message: "Unrecognized name: total at [1:8]" }] });
  const outcome = await run("Query", { sql: "SELECT total" });
  expect(outcome).toMatchObject({ state: "FAILED", outputs: { jobId: "capstan_taskrun1-1_1" } });
  expect(outcome.message).toBe(
    "The query failed: Unrecognized name: total at [1:8] (invalidQuery, job capstan_taskrun1-1_1).",
  );
});

test.each([
  ["its reason", { reason: "backendError", message: "later" }],
  ["its message", { reason: "invalidQuery", message: "Could not serialize access due to concurrent update" }],
])("a job that fails is tried again for %s, under another id", async (_, failed) => {
  const { server, run } = await setup({ ends: [failed, failed] });
  expect((await run("Query", { sql: "UPDATE", retryAuto: NO_WAIT })).state).toBe("SUCCESS");
  expect(server.jobs.map(({ jobReference }) => jobReference.jobId)).toEqual(
    [1, 2, 3].map((number) => `capstan_taskrun1-1_${number}`),
  );
});

test.each([
  ["the beginning of a job", 1],
  ["a look at it", 2],
])("when BigQuery is busy at %s, the job is found again, and is the only one", async (_, number) => {
  const { server, run } = await setup({ busy: [number] });
  expect((await run("Query", { sql: "UPDATE", retryAuto: NO_WAIT })).state).toBe("SUCCESS");
  expect(server.jobs).toHaveLength(1);
});

test("no more jobs are tried than may be", async () => {
  const failed = { reason: "backendError", message: "later" };
  const { server, run } = await setup({ ends: [failed, failed, failed] });
  expect((await run("Query", { sql: "UPDATE", retryAuto: { ...NO_WAIT, maxAttempts: 2 } })).state).toBe("FAILED");
  expect(server.jobs).toHaveLength(2);
});

test("an attempt whose worker was lost finds its job, and loads nothing twice", async () => {
  const { server, world, run } = await setup({ statistics: { load: { outputRows: "1" } } });
  const from = await world.files.put("rows", '{"id":1}\n');
  await run("Load", { ...CSV, from, format: "JSON" });
  const again = await run("Load", { ...CSV, from, format: "JSON" });
  expect(again).toMatchObject({ state: "SUCCESS", outputs: { rows: 1 } });
  expect(server.jobs).toHaveLength(1);
});

test("a task that is killed cancels its job", async () => {
  const kill = new AbortController();
  const { server, run } = await setup({ ends: ["never"] }, { signal: kill.signal });
  const running = run("Query", { sql: "SELECT 1" });
  await server.awaited;
  kill.abort(new Error("killed"));
  expect((await running).state).toBe("FAILED");
  expect(server.cancelled).toEqual(["capstan_taskrun1-1_1"]);
});
