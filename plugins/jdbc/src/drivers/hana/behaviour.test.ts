import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, startSilentServer, type TestOptions } from "@capstan/sdk/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { type HanaServer, startHana } from "../../testing/hana/server.ts";
import { ENDLESS } from "../../testing/hana/session.ts";
import { INT } from "../../testing/hana/wire-types.ts";
import type { Wanted } from "../../testing/hana/world.ts";
import { heapGrowth } from "../../testing/heap-growth.ts";
import { taskOf } from "../../testing/task-of.ts";
import { until } from "../../testing/until.ts";
import { hanaFailure } from "./failure.ts";

async function start(wanted: Wanted = {}): Promise<HanaServer> {
  const server = await startHana(wanted);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

async function run({ place }: HanaServer, properties: JsonMap, kind = "Query", options: TestOptions = {}) {
  await using world = createTestWorld(options);
  const outcome = await world.run(taskOf(`hana.${kind}`), { ...place, ...properties });
  return { ...outcome, logs: world.logs, masked: world.masked };
}

const MANY = "SELECT repeat('x', 1000) AS x FROM range(100000000)";

test.each([
  ["Query", { sql: ENDLESS }, {}],
  ["Query", { sql: MANY, fetchType: "STORE" }, {}],
  ["Queries", { sql: `SELECT 1; ${ENDLESS}` }, {}],
  ["Query", { sql: ENDLESS }, { forbidsCancel: true }],
])("a %s that is killed leaves nothing on the server: %j, of one with %j", async (kind, properties, wanted) => {
  const server = await start(wanted);
  const kill = new AbortController();
  const outcome = run(server, properties, kind, { signal: kill.signal });
  await until(async () => [ENDLESS, MANY].includes(server.statements.at(-1)!));
  kill.abort();
  expect((await outcome).state).toBe("FAILED");
  await until(async () => server.open() === 0);
  expect([server.ended(), server.openCursors()]).toEqual(["forbidsCancel" in wanted ? 0 : 1, 0]);
});

test("rows that nobody reads are given up, and their connection goes on", async () => {
  const server = await start();
  const parameters = { n: 5 };
  const sql = "SELECT range AS i FROM range(100000) WHERE range > CAST(:n AS INTEGER)";
  const { outputs, message } = await run(server, {
    sql,
    parameters,
    fetchType: "FETCH_ONE",
    afterSQL: "SELECT 2 AS two",
  });
  expect(message).toBeUndefined();
  expect(outputs).toEqual({ row: { i: 6 }, size: 1 });
  expect([server.openCursors(), server.statements.at(-1)]).toEqual([0, "SELECT 2 AS two"]);
});

test("what is refused behind rows fails the task", async () => {
  const columns = [{ name: "N", type: INT }];
  const error = [139, "current operation cancelled"] as const;
  const server = await start({ scripted: { "SELECT n": { columns, rows: [[1], [2]], error } } });
  const { message } = await run(server, { sql: "SELECT n", fetchType: "STORE" });
  expect(message).toBe("The database refuses it: current operation cancelled (139).");
});

test("many rows go into a file, and never all into memory", async () => {
  const server = await start();
  await using world = createTestWorld();
  const definition = taskOf("hana.Query");
  let bytes = 0;
  const put = async (_name: string, content: AsyncIterable<Uint8Array>) => {
    for await (const piece of content) bytes += piece.length;
    return "kestra:///rows";
  };
  const sql = "SELECT range AS id, repeat('x', 100) AS t FROM range(300000)";
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
  const definition = taskOf("hana.Query");
  const context = world.context(definition, { ...server.place, sql: MANY, fetchType: "STORE" });
  const put = async (_name: string, content: AsyncIterable<Uint8Array>) => {
    for await (const _piece of content) server.hangUp();
    return "kestra:///rows";
  };
  const outcome = definition.run!({ ...context, files: { ...world.files, put } } as never);
  await expect(outcome).rejects.toThrow("The connection to the database is lost: ");
});

test("a server that goes away while a statement runs fails the task", async () => {
  const server = await start();
  const outcome = run(server, { sql: ENDLESS });
  await until(async () => server.statements.at(-1) === ENDLESS);
  server.hangUp();
  expect((await outcome).message).toMatch(/^The connection to the database is lost: /);
});

test("a block is one statement, and semicolons in it separate nothing", async () => {
  const block = "DO BEGIN DECLARE i INT; FOR i IN 1 .. 3 DO INSERT INTO t VALUES (:i); END FOR; END";
  const server = await start({ scripted: { [block]: { error: [257, "no"] } } });
  const { message } = await run(server, { sql: `SELECT 1; ${block}; SELECT 2` }, "Queries");
  expect(message).toBe("Statement 2 of 3: The database refuses it: no (257).");
});

test.each([
  [133, "later"],
  [131, "later"],
  [663, "connect-again"],
  ["EHDBCLOSE", "connect-again"],
  [259, "none"],
])("the refusal %j has the remedy %j", (code, remedy) => {
  expect(hanaFailure(Object.assign(new Error("no"), { code }))).toMatchObject({ remedy });
});

test.each([
  [{ password: "geheim" }, /^There is no connection to 127\.0\.0\.1:\d+\/HXE as APP: authentication failed\. Check/],
  [{ url: "jdbc:sap://127.0.0.1:1/?password=geheim", password: "geheim" }, /as APP: .*ECONNREFUSED/],
  [{ url: "jdbc:sap://app:geheim@127.0.0.1:1/", username: "" }, /ECONNREFUSED|Nobody connects/],
  [{ url: "jdbc:hana://127.0.0.1/?password=geheim" }, /^`url` can't be used: it does not begin with jdbc:sap:/],
])("with %j there is no connection, and the password is not shown", async (properties, reason) => {
  const server = await start();
  const { message, logs } = await run(server, { sql: "SELECT 1", ...properties });
  expect(message).toMatch(reason);
  expect(JSON.stringify([message, logs])).not.toContain("geheim");
});

test("the tenant is asked for, the schema is set, and other hosts are tried", async () => {
  const server = await start();
  const url = `jdbc:sap://127.0.0.1:1,127.0.0.1:${server.port}/?databaseName=HXE&currentSchema=SALES&reconnect=true`;
  const { message, logs } = await run(server, { url, sql: "SELECT 1" });
  expect(message).toBeUndefined();
  expect(server.databases).toEqual(["HXE"]);
  expect(server.statements).toContain('SET SCHEMA "SALES"');
  expect(logs).toContainEqual({ level: "DEBUG", message: "Parameters of `url` without effect here: reconnect." });
});

test("a server that says nothing is given up", async () => {
  await using silent = await startSilentServer();
  const server = await start();
  const url = `jdbc:sap://127.0.0.1:${silent.port}/?connectTimeout=1000`;
  const { message } = await run(server, { url, sql: "SELECT 1" });
  expect(message).toMatch(
    /^There is no connection to .*: (?:No initialization reply received within 1 sec|there was no answer within 1000 ms)/,
  );
  await silent.left();
});

test("a kill while nobody answers yet ends the connection", async () => {
  await using silent = await startSilentServer();
  const server = await start();
  const kill = new AbortController();
  const url = `jdbc:sap://127.0.0.1:${silent.port}/?connectTimeout=500`;
  const outcome = run(server, { url, sql: "SELECT 1" }, "Query", { signal: kill.signal });
  await silent.connected;
  kill.abort();
  expect((await outcome).state).toBe("FAILED");
  await silent.left();
});

test.each([
  ["", "plain"],
  ["encrypt=true", "self-signed certificate"],
  ["encrypt=true&validateCertificate=false", "TLS"],
  ["encrypt=false", "plain"],
])("a server that encrypts, at an address with %j: %s", async (query, outcome) => {
  const folder = await mkdtemp(join(tmpdir(), "capstan-tls-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout key -out certificate";
  execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "ignore" });
  const identity = { cert: await readFile(join(folder, "certificate")), key: await readFile(join(folder, "key")) };
  const server = await start({ identity });
  const url = `jdbc:sap://127.0.0.1:${server.port}/?connectTimeout=1000&${query}`;
  const { message = "TLS" } = await run(server, { url, sql: "SELECT 1" });
  expect(message).toMatch(outcome === "plain" ? /^There is no connection/ : new RegExp(outcome));
});
