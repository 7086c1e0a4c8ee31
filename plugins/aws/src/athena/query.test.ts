import { Athena } from "@aws-sdk/client-athena";
import type { JsonMap } from "@capstan/sdk";
import { type S3Server, startS3Server } from "@capstan/storage/test-kit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createServiceWorld, SECRET, tellServer } from "../testing/service-world.ts";
import { isHeader, rowOf } from "./result-rows.ts";

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
}, 120_000);
afterAll(() => server.stop());

const COLUMNS = { id: "bigint", name: "varchar", paid: "boolean" };
const HEADER = ["id", "name", "paid"];
const ROWS = [
  ["1", "ada", "true"],
  ["9007199254740993", "", "false"],
];

/** The server runs no SQL: it answers the rows that it was told, in the form of Athena. */
async function athenaWorld(rows: readonly (readonly string[])[], options = {}) {
  const world = createServiceWorld(server, options);
  const { bucket } = await server.bucket(world.name);
  await tellServer(server, "static/athena/query-results", {
    results: [
      {
        rows: rows.map((row) => ({ Data: row.map((value) => ({ VarCharValue: value })) })),
        column_info: Object.entries(COLUMNS).map(([Name, Type]) => ({
          CatalogName: "hive",
          SchemaName: "",
          TableName: "",
          Name,
          Label: Name,
          Type,
          Precision: 0,
          Scale: 0,
          Nullable: "UNKNOWN",
          CaseSensitive: true,
        })),
      },
    ],
  });
  const outputLocation = `s3://${bucket}/results/`;
  const athena = new Athena(world.settings);
  onTestFinished(() => athena.destroy());
  return {
    ...world,
    athena,
    run: (properties: JsonMap = {}) =>
      world.run("athena.Query", { database: "shop", outputLocation, query: "SELECT 1", ...properties }),
  };
}

const VALUES = [
  { id: 1, name: "ada", paid: true },
  { id: "9007199254740993", name: "", paid: false },
];

test.each([
  ["FETCH", { rows: VALUES, size: 2 }],
  ["FETCH_ONE", { row: VALUES[0], size: 1 }],
  ["NONE", {}],
])("the rows of a query, without their header, with fetchType %s", async (fetchType, outputs) => {
  const { run } = await athenaWorld([HEADER, ...ROWS]);
  const outcome = await run({ fetchType });
  expect(outcome.message).toBeUndefined();
  expect(outcome.outputs).toEqual({ queryExecutionId: expect.stringMatching(/^[\da-f-]{36}$/) as string, ...outputs });
});

test("rows are stored in a file, and the query has its database, its catalogue and its place", async () => {
  const { run, rows, athena, name, world } = await athenaWorld([HEADER, ...ROWS]);
  const { outputs } = await run({ query: "SELECT * FROM orders", catalog: "lake" });
  expect(await rows(outputs?.["uri"])).toEqual(VALUES);
  const { QueryExecution } = await athena.getQueryExecution({
    QueryExecutionId: String(outputs?.["queryExecutionId"]),
  });
  expect(QueryExecution).toMatchObject({
    Query: "SELECT * FROM orders",
    QueryExecutionContext: { Database: "shop", Catalog: "lake" },
    ResultConfiguration: { OutputLocation: expect.stringContaining(`s3://${name}/results/`) as string },
  });
  expect(world.logs.map(({ message }) => message)).toContainEqual(
    expect.stringMatching(/^Athena: the query \S+ is SUCCEEDED\.$/),
  );
  expect(world.metrics).toContainEqual({ name: "records", type: "counter", value: 2 });
  expect(JSON.stringify(world.logs)).not.toContain(SECRET);
});

test.each([
  ["a header is a row with skipHeader: false", [HEADER, ROWS[0]!], { skipHeader: false }, ["id", 1]],
  ["a result without a header keeps its first row", ROWS, {}, [1, "9007199254740993"]],
])("%s", async (_, given, properties, ids) => {
  const { run } = await athenaWorld(given);
  const { outputs } = await run({ fetchType: "FETCH", ...properties });
  expect((outputs!["rows"] as readonly { readonly id: unknown }[]).map(({ id }) => id)).toEqual(ids);
});

test("a kill cancels the query", async () => {
  const kill = new AbortController();
  await tellServer(server, "state-manager/set-transition", {
    model_name: "athena::execution",
    transition: { progression: "manual", times: 1_000 },
  });
  onTestFinished(() =>
    tellServer(server, "state-manager/set-transition", {
      model_name: "athena::execution",
      transition: { progression: "immediate" },
    }),
  );
  const { run, athena, world } = await athenaWorld([], { signal: kill.signal });
  const running = run();
  await expect.poll(() => world.logs.map(({ message }) => message).at(-1)).toMatch(/ is QUEUED\.$/);
  kill.abort(new Error("killed"));
  expect((await running).message).toBe("killed");
  expect(world.logs.at(-1)?.message).toMatch(/^Athena: the query \S+ is cancelled\.$/);
  const id = /query (\S+)/.exec(world.logs[0]!.message)![1]!;
  const { QueryExecution } = await athena.getQueryExecution({ QueryExecutionId: id });
  expect(QueryExecution?.Status?.State).toBe("CANCELLED");
});

test.each([
  ["integer", "7", 7],
  ["double", "1.5E2", 150],
  ["double", "NaN", "NaN"],
  ["decimal", "12.50", 12.5],
  ["decimal", "0.12345678901234567", "0.12345678901234567"],
  ["boolean", "false", false],
  ["timestamp", "2026-01-01 10:00:00.000", "2026-01-01 10:00:00.000"],
  ["array", "[1, 2]", "[1, 2]"],
  ["varchar", undefined, null],
])("a %s of %j becomes %j", (Type, VarCharValue, value) => {
  expect(rowOf([{ Name: "a", Type }], [{ VarCharValue }])).toEqual({ a: value });
});

test("a result of no columns has no header", () => {
  expect(isHeader([], [])).toBe(false);
});
