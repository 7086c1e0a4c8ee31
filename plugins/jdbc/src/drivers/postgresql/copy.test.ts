import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { taskOf } from "../../testing/task-of.ts";

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgresCluster();
});
afterAll(() => cluster.dispose());

let tables = 0;
async function start(rows = "") {
  tables += 1;
  const table = `people_${tables}`;
  await cluster.query(`CREATE TABLE public.${table} (id int PRIMARY KEY, name text, "Born On" date)`);
  if (rows !== "") await cluster.query(`INSERT INTO ${table} VALUES ${rows}`);
  const world = createTestWorld();
  const run = (kind: string, properties: JsonMap) =>
    world.run(taskOf(`postgresql.${kind}`), { url: cluster.url, ...properties });
  const copyIn = (text: string, properties: JsonMap) =>
    run("CopyIn", { from: world.files.seed("kestra:///in", text), table, ...properties });
  const content = async () =>
    (await cluster.query<{ line: string }>(`SELECT ${table}::text AS line FROM ${table} ORDER BY id`)).map(
      ({ line }) => line,
    );
  return { world, table, run, copyIn, content };
}

test.each<[JsonMap, string, readonly string[]]>([
  [{}, "1\tAda\t1815-12-10\n2\t\\N\t\\N\n", ["(1,Ada,1815-12-10)", "(2,,)"]],
  [{ format: "CSV" }, '1,"A, ""da""",\n', ['(1,"A, ""da""",)']],
  [{ format: "CSV", header: true, delimiter: ";", nullString: "-" }, "id;name;b\n1;;-\n", ['(1,"",)']],
  [{ format: "CSV", columns: ["name", "id"] }, "Ada,1\n", ["(1,Ada,)"]],
  [{ format: "CSV", columns: "id" }, "1\n", ["(1,,)"]],
  [{ format: "CSV", columns: ["id", "Born On"] }, "1,2000-01-01\n", ["(1,,2000-01-01)"]],
  [{ format: "CSV", quote: "'", escape: "\\" }, "1,'it\\'s',\n", ["(1,it's,)"]],
  [{ format: "CSV", forceNotNull: ["name"] }, "1,,\n", ['(1,"",)']],
  [{ format: "CSV", forceNull: ["name"] }, '1,"",\n', ["(1,,)"]],
  [{ format: "TEXT", delimiter: "|", nullString: "it's" }, "1|it's|2000-01-01\n", ["(1,,2000-01-01)"]],
  [{ format: "CSV", nullString: "\\N" }, "1,\\N,\\N\n", ["(1,,)"]],
  [{ format: "CSV", encoding: "LATIN1" }, "1,\u00e9,\n", ["(1,Ã©,)"]],
])("with %j a file is copied in", async (properties, text, lines) => {
  const { world, copyIn, content } = await start();
  await using _ = world;
  const outcome = await copyIn(text, properties);
  expect(outcome).toEqual({ state: "SUCCESS", outputs: { rowCount: lines.length }, message: undefined });
  expect(await content()).toEqual(lines);
});

const ADA = `(1, 'Ada, "A"', '1815-12-10'), (2, NULL, NULL)`;

test.each<[JsonMap, string, string]>([
  [{}, "txt", '1\tAda, "A"\t1815-12-10\n2\t\\N\t\\N\n'],
  [{ format: "CSV", header: true }, "csv", 'id,name,Born On\n1,"Ada, ""A""",1815-12-10\n2,,\n'],
  [{ format: "CSV", columns: ["name"], nullString: "-", forceQuote: ["name"] }, "csv", '"Ada, ""A"""\n-\n'],
  [{ format: "CSV", forceQuote: "*", delimiter: ";" }, "csv", '"1";"Ada, ""A""";"1815-12-10"\n"2";;\n'],
])("with %j a table is copied out", async (properties, suffix, text) => {
  const { world, run, table } = await start(ADA);
  await using _ = world;
  const { outputs, message } = await run("CopyOut", { table, ...properties });
  expect(message).toBeUndefined();
  expect(outputs).toEqual({ uri: expect.stringMatching(new RegExp(`rows\\.${suffix}$`)), rowCount: 2 });
  expect(await world.files.text(String(outputs!["uri"]))).toBe(text);
});

test("a query is copied out, with a comment and a semicolon at its end", async () => {
  const { world, run, table } = await start(ADA);
  await using _ = world;
  const { outputs } = await run("CopyOut", { sql: `SELECT id FROM ${table} ORDER BY id DESC; -- all`, format: "CSV" });
  expect(await world.files.text(String(outputs!["uri"]))).toBe("2\n1\n");
});

test("what is copied out in binary is copied in again", async () => {
  const { world, run, table, content } = await start(ADA);
  await using _ = world;
  const { outputs } = await run("CopyOut", { table, format: "BINARY" });
  await cluster.query(`DELETE FROM ${table}`);
  const outcome = await run("CopyIn", { table, format: "BINARY", from: String(outputs!["uri"]) });
  expect(outcome.outputs).toEqual({ rowCount: 2 });
  expect(await content()).toHaveLength(2);
});

test("a file with a faulty line is refused with its number, and none of it goes in", async () => {
  const { world, copyIn, table, content } = await start();
  await using _ = world;
  const outcome = await copyIn("1,a,\nx,b,\n", { format: "CSV" });
  expect(outcome.message).toBe(
    `The database refuses it: invalid input syntax for type integer: "x" (22P02). COPY ${table}, line 2, column id: "x"`,
  );
  expect(await content()).toEqual([]);
});

test.each<[string, JsonMap, string | RegExp]>([
  ["CopyIn", { from: "kestra:///no" }, "There is no table to copy into: give `table`."],
  ["CopyIn", { table: "t; DROP TABLE t", from: "kestra:///no" }, /is no name of a table/],
  ["CopyIn", { table: "t", from: "kestra:///no" }, /^The file kestra:\/\/\/no does not exist/],
  ["CopyIn", { table: "no_such", from: "kestra:///in" }, /^The database refuses it: relation "no_such" does not exist/],
  ["CopyIn", { table: "t", from: "kestra:///in", oids: true }, /^`oids: true` is not possible/],
  ["CopyIn", { table: "t", from: "kestra:///in", delimiter: "::" }, /^Property `delimiter`: expected one character/],
  ["CopyOut", {}, "There is nothing to copy: give `sql`, or `table`."],
  ["CopyOut", { sql: "SELECT 1", table: "t" }, "`sql` and `table` exclude each other: give one of them."],
  ["CopyOut", { sql: "SELECT 1; SELECT 2" }, "`sql` must be one query."],
  ["CopyOut", { sql: "SELECT no_such" }, /^The database refuses it: column "no_such" does not exist \(42703, line 1/],
])("%s with %j is refused", async (kind, properties, message) => {
  const { world, run } = await start();
  await using _ = world;
  world.files.seed("kestra:///in", "1\n");
  const outcome = await run(kind, properties);
  expect(outcome.state).toBe("FAILED");
  expect(outcome.message).toMatch(message);
});

test("a server that is silent for longer than it may be loses the connection", async () => {
  const { world, run } = await start();
  await using _ = world;
  const outcome = await run("CopyOut", { sql: "SELECT pg_sleep(60)", socketTimeout: 1 });
  expect(outcome.message).toBe("The connection to the database is lost: it was silent for 1000 ms");
});
