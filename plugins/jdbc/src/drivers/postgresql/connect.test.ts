import { type AddressInfo, createServer } from "node:net";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { taskOf } from "../../testing/task-of.ts";

let cluster: PostgresCluster;
let port: number;
const RULES = "local all all trust\nhost all locked all scram-sha-256\nhost all old all md5\nhost all all all trust\n";

beforeAll(async () => {
  port = await freePort();
  cluster = await startPostgresCluster({ port, files: { "pg_hba.conf": RULES } });
  await cluster.query(
    "CREATE USER locked PASSWORD 'open: sesame'; CREATE SCHEMA warehouse; CREATE TABLE warehouse.here AS SELECT 1 AS i",
  );
  await cluster.query("SET password_encryption = 'md5'; CREATE USER old PASSWORD 'open: sesame'");
});
afterAll(() => cluster.dispose());

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port: free } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return free;
}

const WHO =
  "SELECT current_user AS who, current_setting('application_name') AS name, current_schemas(false)::text AS schemas";

async function connect(url: string, properties: Record<string, string> = {}) {
  await using world = createTestWorld();
  const outcome = await world.run(taskOf("postgresql.Query"), {
    url: url.replace("PORT", String(port)),
    sql: WHO,
    fetchType: "FETCH_ONE",
    ...properties,
  });
  return { row: outcome.outputs?.["row"], message: outcome.message, world };
}

test.each([
  ["jdbc:postgresql://127.0.0.1:PORT/postgres", { username: "locked", password: "open: sesame" }, "locked"],
  ["jdbc:postgresql://127.0.0.1:PORT/postgres", { username: "old", password: "open: sesame" }, "old"],
  ["jdbc:postgresql://127.0.0.1:PORT/postgres?user=locked&password=open%3A%20sesame", {}, "locked"],
  ["postgres://locked:open%3A%20sesame@127.0.0.1:PORT/postgres", {}, "locked"],
  ["jdbc:postgresql://127.0.0.1:PORT/postgres?user=locked&password=wrong", { password: "open: sesame" }, "locked"],
  ["jdbc:postgresql://127.0.0.1:1,127.0.0.1:PORT/postgres", { username: "capstan" }, "capstan"],
])("at %s with %j", async (url, properties, who) => {
  const { row, message } = await connect(url, properties);
  expect(message).toBeUndefined();
  expect(row).toEqual({ who, name: "capstan", schemas: "{public}" });
});

test("the address may say schemas, and the name of the application", async () => {
  const parameters = "?currentSchema=warehouse,public&ApplicationName=nightly&prepareThreshold=0";
  const { row, world } = await connect(`jdbc:postgresql://127.0.0.1:PORT/postgres${parameters}`, {
    username: "capstan",
  });
  expect(row).toEqual({ who: "capstan", name: "nightly", schemas: "{warehouse,public}" });
  expect(world.logs).toContainEqual({
    level: "DEBUG",
    message: "Parameters of `url` without effect here: preparethreshold.",
  });
});

test.each([
  [
    "jdbc:postgresql://127.0.0.1:PORT/postgres",
    { username: "locked", password: "geheim" },
    /password authentication failed for user "locked"/,
  ],
  [
    "jdbc:postgresql://127.0.0.1:PORT/postgres?password=geheim",
    { username: "locked" },
    /password authentication failed/,
  ],
  ["jdbc:postgresql://127.0.0.1:PORT/postgres", { username: "locked" }, /password/],
  [
    "jdbc:postgresql://127.0.0.1:PORT/none",
    { username: "capstan", password: "geheim" },
    /database "none" does not exist/,
  ],
  [
    "jdbc:postgresql://capstan:geheim@127.0.0.1:1/postgres",
    {},
    /^There is no connection to 127.0.0.1:1\/postgres as capstan: connect ECONNREFUSED/,
  ],
  [
    "jdbc:postgresql://capstan:geheim@no-such-host.invalid/postgres",
    {},
    /no-such-host\.invalid:5432\/postgres as capstan: getaddrinfo/,
  ],
  ["jdbc:postgresql://127.0.0.1:PORT/postgres", {}, /^Nobody connects: give `username`\./],
  [
    "jdbc:mysql://capstan:geheim@127.0.0.1:PORT/postgres",
    {},
    /^`url` can't be used: it does not begin with jdbc:postgresql:/,
  ],
])("at %s with %j there is no connection, and the password is not shown", async (url, properties, reason) => {
  const { message, world } = await connect(url, properties);
  expect(message).toMatch(reason);
  expect(JSON.stringify([message, world.logs])).not.toContain("geheim");
  if (url.includes("geheim") && url.startsWith("jdbc:postgresql")) expect(world.masked).toContain("geheim");
});

test("a server that says nothing is given up", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port: silent } = server.address() as AddressInfo;
  const { message } = await connect(`jdbc:postgresql://127.0.0.1:${silent}/x?connectTimeout=1`, { username: "a" });
  expect(message).toMatch(/^There is no connection to 127.0.0.1:\d+\/x as a: timeout expired/);
  server.close();
});

test("what the server notes is in the log", async () => {
  const { world } = await connect(cluster.url, { sql: "DROP TABLE IF EXISTS nothing_there" });
  expect(world.logs).toContainEqual({ level: "DEBUG", message: 'table "nothing_there" does not exist, skipping' });
});

test.each([
  ["VACUUM", "Query", {}, undefined],
  ["VACUUM", "Query", { afterSQL: "SELECT 1" }, /VACUUM cannot run inside a transaction block/],
  ["VACUUM", "Queries", {}, /VACUUM cannot run inside a transaction block/],
  ["VACUUM", "Queries", { transaction: false }, undefined],
  ["COPY warehouse.here FROM STDIN", "Query", {}, /use CopyIn for it/],
  ["COPY warehouse.here TO STDOUT", "Query", {}, /Use CopyOut for COPY … TO STDOUT\./],
  ["BEGIN; SELECT 1; COMMIT", "Queries", { transaction: false }, undefined],
])("%s as a %s with %j", async (sql, kind, properties, message) => {
  await using world = createTestWorld();
  const outcome = await world.run(taskOf(`postgresql.${kind}`), { url: cluster.url, sql, ...properties });
  if (message === undefined) expect(outcome.message).toBeUndefined();
  else expect(outcome.message).toMatch(message);
});
