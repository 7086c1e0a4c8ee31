import { createTestWorld } from "@capstan/sdk/test-kit";
import { type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { taskOf } from "../../testing/task-of.ts";

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgresCluster({ settings: { datestyle: "German", timezone: "America/New_York" } });
});
afterAll(() => cluster.dispose());

async function valueOf(expression: string, properties: Record<string, string> = {}): Promise<unknown> {
  await using world = createTestWorld();
  const { outputs, message } = await world.run(taskOf("postgresql.Query"), {
    url: cluster.url,
    sql: `SELECT ${expression} AS v`,
    fetchType: "FETCH_ONE",
    ...properties,
  });
  expect(message).toBeUndefined();
  return (outputs!["row"] as { v: unknown }).v;
}

test.each([
  ["NULL::int", null],
  ["true", true],
  ["32767::int2", 32767],
  ["count(*)", 1],
  ["9007199254740993::int8", "9007199254740993"],
  ["12.50::numeric", 12.5],
  ["0.12345678901234567890::numeric", "0.12345678901234567890"],
  ["'NaN'::numeric", "NaN"],
  ["1.1::float4", 1.1],
  ["0.1::float8", 0.1],
  ["'-Infinity'::float8", "-Infinity"],
  ["'a'::char(3)", "a  "],
  ["'2024-03-01'::date", "2024-03-01"],
  ["'10:00'::time", "10:00:00"],
  ["'2024-03-01 10:00:00.5'::timestamp", "2024-03-01T10:00:00.5"],
  ["'2024-03-01 10:00:00.123456+01'::timestamptz", "2024-03-01T09:00:00.123456Z"],
  ["'infinity'::timestamptz", "infinity"],
  ["'1 day 2 hours'::interval", "1 day 02:00:00"],
  [String.raw`'\xdeadbeef'::bytea`, "3q2+7w=="],
  [`'{"a": [1, 9007199254740993]}'::jsonb`, { a: [1, "9007199254740993"] }],
  ["'null'::json", null],
  ["ARRAY[1, NULL, 3]", [1, null, 3]],
  [
    "ARRAY[[1, 2], [3, 4]]",
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [`ARRAY['a', 'b,c', 'd"e', NULL]`, ["a", "b,c", 'd"e', null]],
  ["ARRAY[1.50, 2]::numeric[]", [1.5, 2]],
  ["ARRAY['2024-03-01 00:00+00']::timestamptz[]", ["2024-03-01T00:00:00Z"]],
  [String.raw`ARRAY['\x00ff']::bytea[]`, ["AP8="]],
  [`ARRAY['{"a":1}']::jsonb[]`, [{ a: 1 }]],
  ["'9c5b94b1-35ad-49bb-b118-8e8fc24abf80'::uuid", "9c5b94b1-35ad-49bb-b118-8e8fc24abf80"],
  ["'{}'::text[]", []],
])("%s is %j", async (expression, value) => {
  expect(await valueOf(expression)).toEqual(value);
});

test("points in time are shown in the zone that is asked for, and others are of none", async () => {
  const zone = { timeZoneId: "Europe/Paris" };
  expect(await valueOf("'2024-07-01 10:00:00+00'::timestamptz", zone)).toBe("2024-07-01T12:00:00+02:00");
  expect(await valueOf("'2024-07-01 10:00:00'::timestamp", zone)).toBe("2024-07-01T10:00:00");
});

test("what a query reads goes back by a batch as it was", async () => {
  await using world = createTestWorld();
  const place = { url: cluster.url };
  const columns =
    'id int, b bytea, j jsonb, ja jsonb, a text[], t timestamptz, n numeric, l int8, f bool, ba bytea[], js jsonb[], "Mixed Case" text';
  const select = String.raw`SELECT 1 AS id, '\x00ff'::bytea AS b, '{"x": [1]}'::jsonb AS j, '[1, "a"]'::jsonb AS ja,
    ARRAY['a,b', NULL] AS a, '2024-03-01 10:00:00.123456+00'::timestamptz AS t, 0.12345678901234567890 AS n,
    9007199254740993::int8 AS l, true AS f, ARRAY['\x01']::bytea[] AS ba, ARRAY['{"y":1}']::jsonb[] AS js, 'm' AS "Mixed Case"`;
  await world.run(taskOf("postgresql.Query"), { ...place, sql: `CREATE TABLE back (${columns})` });
  const stored = await world.run(taskOf("postgresql.Query"), { ...place, sql: select, fetchType: "STORE" });
  const loaded = await world.run(taskOf("postgresql.Batch"), {
    ...place,
    from: String(stored.outputs!["uri"]),
    table: "back",
  });
  expect(loaded.message).toBeUndefined();
  const same = await cluster.query<{ same: boolean }>(
    `SELECT (SELECT row_to_json(sent)::text FROM (${select}) AS sent) = (SELECT row_to_json(back)::text FROM back) AS same`,
  );
  expect(same).toEqual([{ same: true }]);
});

test("lists and maps are parameters, as arrays and JSON", async () => {
  await using world = createTestWorld();
  const { outputs, message } = await world.run(taskOf("postgresql.Query"), {
    url: cluster.url,
    sql: "SELECT 2 = ANY(:ids::int[]) AS found, :document::jsonb -> 'a' AS a, current_schema() AS s",
    parameters: { ids: [1, 2], document: { a: [1] } },
    fetchType: "FETCH_ONE",
  });
  expect(message).toBeUndefined();
  expect(outputs!["row"]).toEqual({ found: true, a: [1], s: "public" });
});
