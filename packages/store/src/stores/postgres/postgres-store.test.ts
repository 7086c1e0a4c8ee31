import pg from "pg";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { execution, FIRST_PAGE, line, logBatch, TENANT } from "../../conformance/fixtures.ts";
import type { Store } from "../../store.ts";
import { createPostgresStore, type PostgresStoreOptions } from "./postgres-store.ts";
import { type PostgresCluster, startPostgresCluster } from "./testing/cluster.ts";
import type { ConnectionChange } from "./writer.ts";

let cluster: PostgresCluster;
let schemas = 0;

beforeAll(async () => {
  cluster = await startPostgresCluster();
});
afterAll(() => cluster.dispose());

/** A store on a schema of its own, and what it says of its connection. */
async function setup(options: Partial<PostgresStoreOptions> = {}) {
  const schema = `test_${(schemas += 1)}`;
  const changes: ConnectionChange[] = [];
  const open = (more: Partial<PostgresStoreOptions> = {}): Store =>
    createPostgresStore({
      url: cluster.url,
      schema,
      onConnection: (change) => changes.push(change),
      ...options,
      ...more,
    });
  const store = open();
  await store.start();
  onTestFinished(() => store.stop());
  return { store, schema, changes, open };
}

const LABELLED = { tenant: TENANT, labels: [{ key: "team", value: "x".repeat(5_000) }] };

test("labels of any length are found, and replaced", async () => {
  const { store, schema } = await setup();
  await store.commit({ executions: [execution("e1", { labels: LABELLED.labels })] });
  expect((await store.executions.search(LABELLED, FIRST_PAGE)).total).toBe(1);
  await store.commit({ executions: [execution("e1", { labels: [{ key: "team", value: "a\0b" }] })] });
  expect((await store.executions.search(LABELLED, FIRST_PAGE)).total).toBe(0);
  const zero = { tenant: TENANT, labels: [{ key: "team", value: "a\0b" }] };
  expect((await store.executions.search(zero, FIRST_PAGE)).rows[0]?.labels).toEqual(zero.labels);
  expect(await cluster.query(`SELECT key FROM ${schema}.execution_labels`)).toHaveLength(1);
});

test("executions that ended badly before their list knew states and flows are found by them", async () => {
  const { store, schema, open } = await setup();
  await store.commit({ executions: [execution("e1", { state: "FAILED" }), execution("e2", { state: "KILLED" })] });
  await store.stop();
  await cluster.query(`DROP INDEX ${schema}.executions_of_other_kinds, ${schema}.logs_by_flow, ${schema}.logs_of_trouble;
    ALTER TABLE ${schema}.unhappy_executions DROP COLUMN of_state, DROP COLUMN of_namespace, DROP COLUMN of_flow_id;
    DELETE FROM ${schema}.migrations WHERE number >= 3`);
  const later = open();
  await later.start();
  onTestFinished(() => later.stop());
  const filter = { tenant: TENANT, states: ["KILLED" as const], namespace: "company.team", flowId: "hello" };
  expect((await later.executions.search(filter, FIRST_PAGE)).rows.map(({ id }) => id)).toEqual(["e2"]);
});

test("a text with the character 0 is searched for without trouble", async () => {
  const { store } = await setup();
  await store.commit({
    executions: [execution("e1")],
    logs: [logBatch({ executionId: "e1", lines: [line(0, "a\0b")] })],
  });
  expect((await store.executions.search({ tenant: TENANT, query: "\0" }, FIRST_PAGE)).total).toBe(0);
  expect((await store.logs.search({ tenant: TENANT, query: "A\0" }, FIRST_PAGE)).rows[0]?.message).toBe("a\0b");
});

test("a transaction that another program rolls back, by its connection, is written once", async () => {
  const { store, changes, schema } = await setup();
  await store.commit({ executions: [execution("e1")] });
  // Holds the next commit back between its statements.
  const blocker = new pg.Client({ ...clientOf(cluster.url) });
  await blocker.connect();
  await blocker.query(`BEGIN; LOCK TABLE ${schema}.logs`);
  const committed = store.commit({ logs: [logBatch({ executionId: "e1", lines: [line(0, "once")] })] });
  const waiting = "SELECT pid FROM pg_stat_activity WHERE application_name = 'capstan' AND wait_event_type = 'Lock'";
  await expect.poll(() => cluster.query(waiting)).toHaveLength(1);
  await cluster.query(`SELECT pg_terminate_backend(pid) FROM (${waiting}) AS waiting`);
  await blocker.query("ROLLBACK");
  await blocker.end();
  await committed;
  expect((await store.logs.search({ tenant: TENANT }, FIRST_PAGE)).total).toBe(1);
  expect(changes.map(({ isUp }) => isUp)).toEqual([false, true]);
});

test("a store that another one took over ends, and writes nothing more", async () => {
  const failed = Promise.withResolvers<unknown>();
  const { store, schema } = await setup({ onFailure: failed.resolve });
  await cluster.query(`UPDATE ${schema}.writers SET epoch = epoch + 1`);
  await expect(store.commit({ executions: [execution("e1")] })).rejects.toMatchObject({ code: "store-locked" });
  expect(await failed.promise).toMatchObject({ code: "store-locked" });
  await expect(store.commit({ executions: [execution("e2")] })).rejects.toMatchObject({ code: "store-locked" });
  expect(await cluster.query(`SELECT id FROM ${schema}.executions`)).toEqual([]);
});

test("a query that takes too long is refused, and what to do is said", async () => {
  const { store, schema } = await setup({ statementMsMax: 50 });
  const blocker = new pg.Client({ ...clientOf(cluster.url) });
  await blocker.connect();
  await blocker.query(`BEGIN; LOCK TABLE ${schema}.executions`);
  onTestFinished(() => blocker.end());
  await expect(store.executions.get(TENANT, "e1")).rejects.toMatchObject({
    code: "store-slow",
    hint: expect.stringContaining("database.statementTimeout"),
  });
});

test("a server that isn't there is waited for, as long as it may take", async () => {
  const errors: ConnectionChange[] = [];
  const store = createPostgresStore({
    url: "postgres://ada:hidden-word@127.0.0.1:1/none",
    startMsMax: 300,
    onConnection: (change) => errors.push(change),
  });
  const failure: unknown = await store.start().catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "store-unreachable", message: expect.stringContaining("127.0.0.1:1/none") });
  expect(String(failure)).not.toContain("hidden-word");
  expect(errors.length).toBeGreaterThan(0);
});

test.each([
  ["a database that isn't there", (url: string) => url.replace("/postgres?", "/nowhere?"), '"nowhere" does not exist'],
  ["a user that isn't there", (url: string) => url.replace("capstan@", "nobody@"), '"nobody" does not exist'],
])("%s is refused at once", async (_what, change, reason) => {
  const store = createPostgresStore({ url: change(cluster.url) });
  await expect(store.start()).rejects.toMatchObject({
    code: "store-refused",
    message: expect.stringContaining(reason),
  });
});

test("TLS is left out where the server has none, unless it is asked for", async () => {
  await setup({ url: `${cluster.url}&sslmode=prefer` });
  await expect(setup({ url: `${cluster.url}&sslmode=require` })).rejects.toMatchObject({ code: "store-refused" });
});

test("a schema of another program is refused untouched, and one of a newer version too", async () => {
  await cluster.query("CREATE SCHEMA theirs; CREATE TABLE theirs.letters (x int)");
  const theirs = createPostgresStore({ url: cluster.url, schema: "theirs" });
  await expect(theirs.start()).rejects.toMatchObject({ code: "store-foreign" });
  const { store, schema, open } = await setup();
  await store.stop();
  await cluster.query(`INSERT INTO ${schema}.migrations VALUES (99, '0099-future.sql', 'x')`);
  await expect(open().start()).rejects.toMatchObject({
    code: "store-newer",
    message: expect.stringContaining("0099-future.sql"),
  });
});

function clientOf(url: string): { readonly host: string; readonly user: string; readonly database: string } {
  return { host: new URL(url).searchParams.get("host")!, user: "capstan", database: "postgres" };
}
