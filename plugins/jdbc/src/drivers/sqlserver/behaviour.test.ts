import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startSilentServer, type TestOptions } from "@capstan/sdk/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { heapGrowth } from "../../testing/heap-growth.ts";
import { type SqlServer, startSqlServer } from "../../testing/sqlserver/server.ts";
import { ENDLESS } from "../../testing/sqlserver/answers.ts";
import type { Wanted } from "../../testing/sqlserver/world.ts";
import { INT } from "../../testing/sqlserver/wire-types.ts";
import { taskOf } from "../../testing/task-of.ts";
import { until } from "../../testing/until.ts";
import { sqlServerFailure } from "./failure.ts";

async function start(wanted: Wanted = {}): Promise<SqlServer> {
  const server = await startSqlServer(wanted);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

async function run({ place }: SqlServer, properties: JsonMap, kind = "Query", options: TestOptions = {}) {
  await using world = createTestWorld(options);
  world.files.seed("kestra:///rows", "[1]\n");
  const outcome = await world.run(taskOf(`sqlserver.${kind}`), { ...place, ...properties });
  return { ...outcome, logs: world.logs, masked: world.masked };
}

const MANY = "SELECT repeat('x', 1000) AS x FROM GENERATE_SERIES(1, 100000000)";

test.each([
  ["Query", { sql: ENDLESS }],
  ["Query", { sql: MANY, fetchType: "STORE" }],
  ["Queries", { sql: `SELECT 1; ${ENDLESS}` }],
  ["Batch", { sql: `SELECT value, ? FROM GENERATE_SERIES(1, 100000000)`, from: "kestra:///rows" }],
])("a %s that is killed is ended on the server: %j", async (kind, properties) => {
  const server = await start();
  const kill = new AbortController();
  const outcome = run(server, properties, kind, { signal: kill.signal });
  const last = () => server.statements.at(-1) ?? "";
  await until(async () => server.running() === 1 && /WAITFOR|100000000/u.test(last()));
  kill.abort();
  expect((await outcome).state).toBe("FAILED");
  await until(async () => server.open() === 0);
  expect([server.ended(), server.running()]).toEqual([1, 0]);
});

test("a statement whose rows nobody reads on is ended on the server, and its connection goes on", async () => {
  const server = await start();
  const { outputs, message } = await run(server, {
    sql: MANY,
    fetchType: "FETCH_ONE",
    fetchSize: 10,
    afterSQL: "SELECT 2",
  });
  expect(message).toBeUndefined();
  expect(outputs).toEqual({ row: { x: "x".repeat(1000) }, size: 1 });
  expect([server.ended(), server.statements.at(-1)]).toEqual([1, "SELECT 2"]);
});

test("many rows go into a file, and never all into memory", async () => {
  const server = await start();
  await using world = createTestWorld();
  const definition = taskOf("sqlserver.Query");
  let bytes = 0;
  const put = async (_name: string, content: AsyncIterable<Uint8Array>) => {
    for await (const piece of content) bytes += piece.length;
    return "kestra:///rows";
  };
  const sql = "SELECT value AS id, repeat('x', 100) AS t FROM GENERATE_SERIES(1, 300000)";
  const context = world.context(definition, { ...server.place, sql, fetchType: "STORE" });
  let outputs: unknown;
  const growth = await heapGrowth(async () => {
    outputs = await definition.run!({ ...context, files: { ...world.files, put } } as never);
  });
  expect(outputs).toEqual({ uri: "kestra:///rows", size: 300_000 });
  expect(bytes).toBeGreaterThan(30_000_000);
  expect(growth).toBeLessThan(30 * 1024 * 1024);
}, 120_000);

test("a server that goes away in the middle of rows fails the task", async () => {
  const server = await start();
  await using world = createTestWorld();
  const definition = taskOf("sqlserver.Query");
  const context = world.context(definition, { ...server.place, sql: MANY, fetchType: "STORE" });
  const put = async (_name: string, content: AsyncIterable<Uint8Array>) => {
    for await (const _piece of content) server.hangUp();
    return "kestra:///rows";
  };
  const outcome = definition.run!({ ...context, files: { ...world.files, put } } as never);
  await expect(outcome).rejects.toThrow("The connection to the database is lost: ");
});

test("all that is refused is told, and what is noted is in the log", async () => {
  const errors = [
    [1750, "Could not create constraint."],
    [1769, "Foreign key 'fk' references invalid column."],
  ] as const;
  const server = await start({ scripted: { "ALTER TABLE x": { errors, notes: ["Warning: slow."] } } });
  const { message, logs } = await run(server, { sql: "ALTER TABLE x" });
  expect(message).toBe(
    "The database refuses it: Could not create constraint. (1750) Foreign key 'fk' references invalid column. (1769)",
  );
  expect(logs).toContainEqual({ level: "DEBUG", message: "Warning: slow." });
});

test("of a procedure with several results the first counts", async () => {
  const result = (...numbers: readonly number[]) => ({
    columns: [{ name: "n", type: INT }],
    rows: numbers.map((number) => [number]),
  });
  const server = await start({ scripted: { "EXEC numbers": { results: [result(1, 2), result(3)] } } });
  const { outputs, logs } = await run(server, { sql: "EXEC numbers", fetchType: "FETCH" });
  expect(outputs).toEqual({ rows: [{ n: 1 }, { n: 2 }], size: 2 });
  const message = "The statement answers several results, of which the first counts.";
  expect(logs.filter(({ level }) => level === "WARN")).toEqual([{ level: "WARN", message }]);
});

test("a script with variables is one statement, and GO separates others", async () => {
  const script = "DECLARE @d int = 5; SELECT @d AS d";
  const answer = { results: [{ columns: [{ name: "d", type: INT }], rows: [[5]] }] };
  const server = await start({ scripted: { [script]: answer } });
  const { outputs, message } = await run(
    server,
    { sql: `${script};\nGO\nSELECT 6 AS e`, fetchType: "FETCH" },
    "Queries",
  );
  expect(message).toBeUndefined();
  expect(outputs).toEqual({
    outputs: [
      { rows: [{ d: 5 }], size: 1 },
      { rows: [{ e: 6 }], size: 1 },
    ],
  });
});

test("what must not stand in a transaction runs outside of one", async () => {
  const errors = [[226, "BACKUP DATABASE statement not allowed within a transaction."]] as const;
  const server = await start({ scripted: { "BACKUP DATABASE shop": { errors } } });
  const { message } = await run(server, { sql: "BACKUP DATABASE shop" });
  expect(message).toMatch(/not allowed within a transaction/);
  expect(server.statements.filter((sql) => sql.startsWith("BACKUP"))).toHaveLength(2);
});

test.each([
  [1205, "later"],
  [1222, "later"],
  [40_613, "connect-again"],
  [226, "outside-transaction"],
  [208, "none"],
])("the refusal %d has the remedy %j", (number, remedy) => {
  const error = Object.assign(new Error("no"), { number, lineNumber: 3, procName: "p" });
  expect(sqlServerFailure(error)).toMatchObject({
    remedy,
    message: `The database refuses it: no (${number}, line 3 of p)`,
  });
});

test.each([
  [
    { password: "geheim" },
    /^There is no connection to 127.0.0.1:\d+\/shop as app: Login failed for user 'app'\. Check/,
  ],
  [
    { url: "jdbc:sqlserver://127.0.0.1:1;databaseName=shop;password=geheim", password: "" },
    /^There is no connection to 127.0.0.1:1\/shop as app: connect ECONNREFUSED 127.0.0.1:1\. Check/,
  ],
  [
    { url: "jdbc:sqlserver://no-such-host.invalid;password=geheim", password: "" },
    /no-such-host\.invalid:1433\/ as app: getaddrinfo/,
  ],
])("with %j there is no connection, and the password is not shown", async (properties, reason) => {
  const server = await start();
  const { message, logs, masked } = await run(server, { sql: "SELECT 1", ...properties });
  expect(message).toMatch(reason);
  expect(JSON.stringify([message, logs])).not.toContain("geheim");
  if ("url" in properties) expect(masked).toContain("geheim");
});

test("a server that says nothing is given up", async () => {
  await using silent = await startSilentServer();
  const { port } = silent;
  const server = await start();
  const url = `jdbc:sqlserver://127.0.0.1:${port};loginTimeout=1`;
  const { message } = await run(server, { url, sql: "SELECT 1" });
  expect(message).toMatch(/^There is no connection to 127.0.0.1:\d+\/ as app: Failed to connect .* in 1000ms/);
});

test("a kill while nobody answers yet ends the connection", async () => {
  await using silent = await startSilentServer();
  const server = await start();
  const kill = new AbortController();
  const url = `jdbc:sqlserver://127.0.0.1:${silent.port}`;
  const outcome = run(server, { url, sql: "SELECT 1" }, "Query", { signal: kill.signal });
  await silent.connected;
  kill.abort();
  expect((await outcome).state).toBe("FAILED");
  await silent.left();
});

test("the server hears who comes, from where, and to which database", async () => {
  const server = await start();
  const url = `jdbc:sqlserver://127.0.0.1:${server.port};databaseName=shop;applicationName=nightly;sendStringParametersAsUnicode=true`;
  const { logs } = await run(server, { url, sql: "SELECT 1" });
  expect(server.logins).toMatchObject([{ user: "app", database: "shop", application: "nightly" }]);
  expect(logs).toContainEqual({
    level: "DEBUG",
    message: "Parameters of `url` without effect here: sendstringparametersasunicode.",
  });
});
