import { readdir } from "node:fs/promises";
import { Readable } from "node:stream";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { taskOf } from "../testing/task-of.ts";

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgresCluster();
});
afterAll(() => cluster.dispose());

let tables = 0;

/** A load whose file fails in the middle so many times, and a table for it. */
async function start(failures: number, properties: JsonMap) {
  tables += 1;
  const table = `rows_${tables}`;
  await cluster.query(`CREATE TABLE public.${table} (id int)`);
  const world = createTestWorld();
  let opened = 0;
  async function* content() {
    opened += 1;
    yield "[1]\n[2]\n[3]\n";
    if (opened <= failures) throw new Error("the storage went away");
    yield "[4]\n[5]\n";
  }
  const definition = taskOf("postgresql.Batch");
  const common = { url: cluster.url, table, from: "kestra:///rows", chunk: 2, retryBackoff: "PT0.01S" };
  const context = world.context(definition, { ...common, ...properties });
  const files = { ...world.files, read: async () => Readable.from(content()), sizeBytes: async () => 20 };
  const outcome = definition.run!({ ...context, files } as never);
  const ids = async () =>
    (await cluster.query<{ id: number }>(`SELECT id FROM ${table} ORDER BY id`)).map(({ id }) => id);
  return { world, table, outcome, ids, opened: () => opened };
}

const ALL = [1, 2, 3, 4, 5];

test.each<[number, JsonMap]>([
  [1, { inputHandling: "STREAM" }],
  [3, { inputHandling: "STREAM" }],
  [3, { inputHandling: "LOCAL" }],
  [3, { inputHandling: "AUTO" }],
  [2, { inputHandling: "AUTO", localBufferMaxBytes: 5 }],
  [1, { inputHandling: "STREAM", resumeOnRetry: false }],
  [3, { inputHandling: "STREAM", retryScope: "ALL" }],
])("a file that fails %s times is read again with %j, and no row goes in twice", async (failures, properties) => {
  const { world, outcome, ids, opened } = await start(failures, properties);
  await using _ = world;
  expect(await outcome).toEqual({ rowCount: 5, updatedCount: 5 });
  expect(await ids()).toEqual(ALL);
  expect(opened()).toBe(failures + 1);
  expect(world.logs.filter(({ level }) => level === "WARN")).toHaveLength(failures);
});

test.each<[number, JsonMap]>([
  [4, { inputHandling: "STREAM" }],
  [4, { inputHandling: "LOCAL" }],
  [1, { inputHandling: "STREAM", maxRetries: 0 }],
  [1, { inputHandling: "STREAM", retryScope: "NONE" }],
  [1, { inputHandling: "LOCAL", retryScope: "NONE" }],
])("a file that fails %s times with %j leaves nothing behind", async (failures, properties) => {
  const { world, outcome, ids } = await start(failures, properties);
  await using _ = world;
  await expect(outcome).rejects.toThrow("the storage went away");
  expect(await ids()).toEqual([]);
});

/** A load that somebody ends on the server, so many times. */
async function endedLoad(times: number, properties: JsonMap) {
  tables += 1;
  const table = `ended_${tables}`;
  await cluster.query(`CREATE TABLE public.${table} (id int); CREATE SEQUENCE public.${table}_tries`);
  await cluster.query(`CREATE FUNCTION public.${table}_end() RETURNS trigger AS $$ BEGIN
    IF NEW.id = 4 AND nextval('public.${table}_tries') <= ${times} THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
    RETURN NEW; END $$ LANGUAGE plpgsql`);
  await cluster.query(
    `CREATE TRIGGER ending BEFORE INSERT ON public.${table} FOR EACH ROW EXECUTE FUNCTION public.${table}_end()`,
  );
  const world = createTestWorld();
  const from = world.files.seed("kestra:///rows", "[1]\n[2]\n[3]\n[4]\n[5]\n");
  const outcome = await world.run(taskOf("postgresql.Batch"), {
    url: cluster.url,
    table,
    from,
    chunk: 2,
    retryBackoff: "PT0.01S",
    ...properties,
  });
  const rows = await cluster.query<{ id: number }>(`SELECT id FROM ${table} ORDER BY id`);
  return { world, outcome, ids: rows.map(({ id }) => id) };
}

test("a connection that is lost is made again with `retryScope: ALL`, and no row goes in twice", async () => {
  const { world, outcome, ids } = await endedLoad(2, { retryScope: "ALL" });
  await using _ = world;
  expect(outcome).toEqual({ state: "SUCCESS", outputs: { rowCount: 5, updatedCount: 5 }, message: undefined });
  expect(ids).toEqual(ALL);
});

test.each<JsonMap>([{}, { retryScope: "ALL", maxRetries: 1 }])(
  "with %j a lost connection fails the load",
  async (properties) => {
    const { world, outcome, ids } = await endedLoad(2, properties);
    await using _ = world;
    expect(outcome.message).toContain("terminating connection due to administrator command (57P01)");
    expect(ids).toEqual([]);
  },
);

test("what the database refuses for good is not tried again", async () => {
  await using world = createTestWorld();
  const from = world.files.seed("kestra:///rows", '["x"]\n');
  await cluster.query("CREATE TABLE public.numbers (id int)");
  const outcome = await world.run(taskOf("postgresql.Batch"), {
    url: cluster.url,
    table: "numbers",
    from,
    retryScope: "ALL",
  });
  expect(outcome.message).toContain('invalid input syntax for type integer: "x" (22P02)');
  expect(world.logs.filter(({ level }) => level === "WARN")).toEqual([]);
});

test("a commit that nobody answered is not tried again, as it may have counted", async () => {
  await cluster.query(`CREATE TABLE public.late (id int); CREATE FUNCTION public.late_end() RETURNS trigger AS $$ BEGIN
    PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$ LANGUAGE plpgsql;
    CREATE CONSTRAINT TRIGGER ending AFTER INSERT ON public.late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.late_end()`);
  await using world = createTestWorld();
  const from = world.files.seed("kestra:///rows", "[1]\n");
  const outcome = await world.run(taskOf("postgresql.Batch"), {
    url: cluster.url,
    table: "late",
    from,
    retryScope: "ALL",
  });
  expect(outcome.message).toContain("It is not known whether the changes count");
  expect(world.logs.filter(({ level }) => level === "WARN")).toEqual([]);
});

test("copies of the file are removed", async () => {
  const { world, outcome } = await start(0, { inputHandling: "LOCAL" });
  await using _ = world;
  await outcome;
  expect(await readdir(await world.workingDirectory())).toEqual([]);
});
