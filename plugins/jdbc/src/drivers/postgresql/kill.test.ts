import { type AddressInfo, connect, createServer } from "node:net";
import { Readable } from "node:stream";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { taskOf } from "../../testing/task-of.ts";
import { until } from "../../testing/until.ts";

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgresCluster();
  await cluster.query("CREATE TABLE public.lines (line text)");
});
afterAll(() => cluster.dispose());

const RUNNING = "SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = 'capstan'";
const running = async () => (await cluster.query<{ count: number }>(RUNNING))[0]!.count;
const active = async () => (await cluster.query<{ count: number }>(`${RUNNING} AND state = 'active'`))[0]!.count;

const ENDLESS = "SELECT pg_sleep(600)";
// Rows of a set in the list of a query are made as they are read.
const MANY = "SELECT repeat('x', 1000) AS x, generate_series(1, 100000000) AS i";

test.each([
  ["Query", { sql: ENDLESS }],
  ["Query", { sql: MANY, fetchType: "STORE" }],
  ["Queries", { sql: `SELECT 1; ${ENDLESS}` }],
  ["CopyOut", { sql: MANY }],
  ["Batch", { sql: "SELECT pg_sleep(600) WHERE ? > 0", from: "kestra:///rows.ion" }],
])("a %s that is killed leaves nothing on the server: %j", async (kind, properties) => {
  const kill = new AbortController();
  await using world = createTestWorld({ signal: kill.signal });
  world.files.seed("kestra:///rows.ion", "[1]\n");
  const outcome = world.run(taskOf(`postgresql.${kind}`), { url: cluster.url, ...properties });
  await until(async () => (await active()) > 0);
  kill.abort();
  expect((await outcome).state).toBe("FAILED");
  await until(async () => (await running()) === 0);
});

test("a cancellation that the server dropped is sent again", async () => {
  const { port, searchParams } = new URL(cluster.url);
  const address = `${searchParams.get("host")}/.s.PGSQL.${port}`;
  let connections = 0;
  const proxy = createServer((socket) => {
    connections += 1;
    socket.on("error", () => undefined);
    // The first is the session, the second its first cancellation.
    if (connections === 2) {
      socket.resume().once("end", () => socket.end());
    } else {
      const there = connect(address).on("error", () => undefined);
      socket.pipe(there).pipe(socket);
    }
  });
  onTestFinished(() => void proxy.close());
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  // Without TLS one connection is one session.
  const url = `postgres://capstan@127.0.0.1:${(proxy.address() as AddressInfo).port}/postgres?sslmode=disable`;
  const kill = new AbortController();
  await using world = createTestWorld({ signal: kill.signal });
  const outcome = world.run(taskOf("postgresql.Query"), { url, sql: ENDLESS });
  await until(async () => (await active()) > 0);
  kill.abort();
  expect((await outcome).state).toBe("FAILED");
  expect(connections).toBeGreaterThan(2);
  await until(async () => (await running()) === 0);
});

test("a CopyIn that is killed copies nothing", async () => {
  const kill = new AbortController();
  await using world = createTestWorld({ signal: kill.signal });
  let pieces = 0;
  const endless = Readable.from(
    (function* lines() {
      for (;;) {
        pieces += 1;
        yield "x\n".repeat(10_000);
      }
    })(),
  );
  const files = { ...world.files, read: async () => endless };
  const context = world.context(taskOf("postgresql.CopyIn"), { url: cluster.url, table: "public.lines", from: "x" });
  const outcome = taskOf("postgresql.CopyIn").run!({ ...context, files } as never);
  outcome.catch(() => undefined); // It is looked at below.
  await until(async () => pieces > 100);
  kill.abort();
  await expect(outcome).rejects.toThrow("aborted");
  await until(async () => (await running()) === 0);
  expect(await cluster.query("SELECT * FROM public.lines LIMIT 1")).toEqual([]);
});

test("what is killed before it begins does not connect", async () => {
  await using world = createTestWorld({ signal: AbortSignal.abort() });
  const outcome = await world.run(taskOf("postgresql.Query"), { url: cluster.url, sql: "CREATE TABLE never (i int)" });
  expect(outcome.state).toBe("FAILED");
  expect(await cluster.query("SELECT to_regclass('public.never') AS name")).toEqual([{ name: null }]);
});

test("connections are closed when a task has done its work, or failed", async () => {
  await using world = createTestWorld();
  await world.run(taskOf("postgresql.Query"), { url: cluster.url, sql: "SELECT 1" });
  await world.run(taskOf("postgresql.Query"), { url: cluster.url, sql: "SELECT nothing" });
  await until(async () => (await running()) === 0);
});

test("a server that goes away in the middle of rows fails the task", async () => {
  const other = await startPostgresCluster();
  await using world = createTestWorld();
  const definition = taskOf("postgresql.Query");
  const context = world.context(definition, { url: other.url, sql: MANY, fetchType: "STORE", fetchSize: 1000 });
  const put = async (_name: string, content: AsyncIterable<Uint8Array>) => {
    for await (const _piece of content) await other.crash();
    return "kestra:///rows";
  };
  const outcome = definition.run!({ ...context, files: { ...world.files, put } } as never);
  await expect(outcome).rejects.toThrow(/terminating connection|connection to the database is lost/);
  await other.dispose();
});
