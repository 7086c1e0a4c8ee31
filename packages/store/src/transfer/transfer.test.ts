import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { execution, line, logBatch, TENANT } from "../conformance/fixtures.ts";
import { createPostgresStore } from "../stores/postgres/postgres-store.ts";
import { openPostgresTransfer } from "../stores/postgres/postgres-transfer.ts";
import { TABLE_NAMES } from "../stores/postgres/tables.ts";
import { type PostgresCluster, startPostgresCluster } from "../stores/postgres/testing/cluster.ts";
import { openDatabase } from "../stores/sqlite/driver.ts";
import { createSqliteStore } from "../stores/sqlite/sqlite-store.ts";
import { openSqliteTransfer } from "../stores/sqlite/sqlite-transfer.ts";
import type { CommitUnit, Store } from "../store.ts";
import { MOVED_TABLES } from "./moved-rows.ts";
import { allAnswers, manifoldUnits } from "./testing/manifold.ts";
import { transfer, type TransferPlace, type TransferProgress } from "./transfer.ts";

let cluster: PostgresCluster;
let schemas = 0;

beforeAll(async () => {
  cluster = await startPostgresCluster();
});
afterAll(() => cluster.dispose());

/** A folder for databases in files, and a new schema. */
async function setup() {
  const folder = await mkdtemp(join(tmpdir(), "capstan-transfer-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const place = { url: cluster.url, schema: `moved_${(schemas += 1)}` };
  return { path: (name: string) => join(folder, name), place, sqlite: join(folder, "capstan.db") };
}

/** Commits into a store and stops it; answers what it said of all that. */
async function fill(store: Store, units: readonly CommitUnit[]) {
  await store.start();
  for (const unit of units) await store.commit(unit);
  return stopped(store, allAnswers);
}

/** Asks a store, which runs only meanwhile. */
async function asked<Answer>(store: Store, ask: (store: Store) => Promise<Answer>): Promise<Answer> {
  await store.start();
  return stopped(store, ask);
}

async function stopped<Answer>(store: Store, ask: (store: Store) => Promise<Answer>): Promise<Answer> {
  try {
    return await ask(store);
  } finally {
    await store.stop();
  }
}

async function move(
  source: Promise<TransferPlace>,
  target: Promise<TransferPlace>,
  onProgress?: (progress: TransferProgress) => void,
) {
  const [from, to] = [await source, await target];
  try {
    return await transfer(from, to, onProgress);
  } finally {
    await Promise.all([from.close(), to.close()]);
  }
}

test("all rows of SQLite are in PostgreSQL, and back, and are answered alike", async () => {
  const { path, place, sqlite } = await setup();
  const before = await fill(createSqliteStore({ path: sqlite }), manifoldUnits(120));
  const steps: TransferProgress[] = [];
  const report = await move(openSqliteTransfer(sqlite, "source"), openPostgresTransfer(place, "target"), (step) =>
    steps.push(step),
  );
  expect(report.tables).toContainEqual({ table: "task_runs", rows: 360 });
  expect(steps).toContainEqual({ step: "copy", table: "logs", rows: 241, total: 241 });
  expect(steps.at(-1)).toMatchObject({ step: "check", table: "added_starts" });
  expect(await asked(createPostgresStore(place), allAnswers)).toEqual(before);
  await move(openPostgresTransfer(place, "source"), openSqliteTransfer(path("back.db"), "target"));
  expect(await asked(createSqliteStore({ path: path("back.db") }), allAnswers)).toEqual(before);
});

test("numbers go on where they were: what is logged later comes later", async () => {
  const { place, sqlite } = await setup();
  const batch = (text: string) => ({ logs: [logBatch({ executionId: "e1", lines: [line(0, text)] })] });
  await fill(createSqliteStore({ path: sqlite }), ["a", "b", "c"].map(batch));
  await move(openSqliteTransfer(sqlite, "source"), openPostgresTransfer(place, "target"));
  const store = createPostgresStore(place);
  await fill(store, [batch("d")]);
  const { rows } = await asked(store, (open) => open.logs.search({ tenant: TENANT }, { offset: 0, limit: 10 }));
  expect(rows.map(({ message }) => message)).toEqual(["a", "b", "c", "d"]);
});

/** A transfer whose process is lost after some batches. */
async function interrupted(source: TransferPlace, target: TransferPlace): Promise<void> {
  let batches = 0;
  const write: TransferPlace["write"] = async (rows) => {
    if ((batches += 1) > 6) throw new Error("lost");
    await target.write(rows);
  };
  await expect(transfer(source, { ...target, write })).rejects.toThrow("lost");
  await Promise.all([source.close(), target.close()]);
}

test("on a part no store starts; the next transfer begins anew", async () => {
  const { path, place, sqlite } = await setup();
  const before = await fill(createSqliteStore({ path: sqlite }), manifoldUnits(20));
  await interrupted(await openSqliteTransfer(sqlite, "source"), await openPostgresTransfer(place, "target"));
  const refusal = {
    code: "store-incomplete",
    message: expect.stringContaining(sqlite),
    hint: expect.stringContaining("migrate-store"),
  };
  await expect(createPostgresStore(place).start()).rejects.toMatchObject(refusal);
  await expect(openPostgresTransfer(place, "source")).rejects.toMatchObject(refusal);
  await interrupted(await openSqliteTransfer(sqlite, "source"), await openSqliteTransfer(path("part.db"), "target"));
  await expect(createSqliteStore({ path: path("part.db") }).start()).rejects.toMatchObject(refusal);
  await expect(openSqliteTransfer(path("part.db"), "source")).rejects.toMatchObject(refusal);
  await move(openSqliteTransfer(sqlite, "source"), openPostgresTransfer(place, "target"));
  expect(await asked(createPostgresStore(place), allAnswers)).toEqual(before);
  await move(openSqliteTransfer(sqlite, "source"), openSqliteTransfer(path("part.db"), "target"));
  expect(await asked(createSqliteStore({ path: path("part.db") }), allAnswers)).toEqual(before);
});

test("a target that has rows is refused untouched, and one that a server runs on too", async () => {
  const { path, place, sqlite } = await setup();
  const store = createPostgresStore(place);
  await store.start();
  await expect(openPostgresTransfer(place, "target")).rejects.toMatchObject({ code: "store-locked" });
  await store.commit({ executions: [execution("mine")] });
  await store.stop();
  const occupied = { code: "store-occupied", message: expect.stringContaining("executions") };
  await expect(openPostgresTransfer(place, "target")).rejects.toMatchObject(occupied);
  await fill(createSqliteStore({ path: path("other.db") }), [{ executions: [execution("mine")] }]);
  await expect(openSqliteTransfer(path("other.db"), "target")).rejects.toMatchObject(occupied);
  expect(await asked(store, (open) => open.executions.get(TENANT, "mine"))).toMatchObject({ id: "mine" });
  const source = createSqliteStore({ path: sqlite });
  await source.start();
  await expect(openSqliteTransfer(sqlite, "source")).rejects.toMatchObject({ code: "store-locked" });
  await source.stop();
});

test("a source that is not there is not made", async () => {
  const { place, sqlite } = await setup();
  await expect(openSqliteTransfer(sqlite, "source")).rejects.toMatchObject({ code: "store-missing" });
  await expect(openPostgresTransfer(place, "source")).rejects.toMatchObject({ code: "store-missing" });
  expect(await cluster.query(`SELECT FROM pg_namespace WHERE nspname = '${place.schema}'`)).toEqual([]);
});

test.each([
  [
    "one that differs",
    "UPDATE executions SET body = replace(body, 'Ada', 'Bob') WHERE id = 'e2'",
    "executions main/e2 is not the same",
  ],
  ["one that is missing", "DELETE FROM executions WHERE id = 'e2'", "executions has 3 rows"],
  ["one in place of another", "UPDATE executions SET id = 'e9' WHERE id = 'e2'", "executions main/e2 is not the same"],
])("a row that did not arrive is told, and nothing is done: %s", async (_what, sql, message) => {
  const { place, sqlite } = await setup();
  await fill(createSqliteStore({ path: sqlite }), [{ executions: ["e1", "e2", "e3"].map((id) => execution(id)) }]);
  const target = await openPostgresTransfer(place, "target");
  const count: TransferPlace["count"] = async (table) => {
    await cluster.query(sql.replace(/(UPDATE|FROM) /, `$1 ${place.schema}.`));
    return target.count(table);
  };
  await expect(move(openSqliteTransfer(sqlite, "source"), Promise.resolve({ ...target, count }))).rejects.toMatchObject(
    {
      code: "store-differs",
      message: expect.stringContaining(message),
    },
  );
  await expect(createPostgresStore(place).start()).rejects.toMatchObject({ code: "store-incomplete" });
});

test("every table of both databases is moved, or follows from one that is", async () => {
  const { place, sqlite } = await setup();
  await fill(createSqliteStore({ path: sqlite }), []);
  await fill(createPostgresStore(place), []);
  const moved = MOVED_TABLES.map(({ name }) => name);
  const derived = ["flows", "execution_labels", "execution_drift", "live_executions", "unhappy_executions"];
  const bookkeeping = ["migrations", "unfinished_transfers"];
  const database = openDatabase(sqlite, { readOnly: true, busyTimeoutMs: 0 });
  const inSqlite = database.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'");
  database.close();
  const known = new Set([...moved, ...derived, ...bookkeeping]);
  expect(inSqlite.map(({ name }) => name).filter((name) => !known.has(name))).toEqual(["counters"]);
  const inPostgres = await cluster.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = '${place.schema}'::regnamespace
      AND relkind IN ('r', 'p') AND NOT relispartition`,
  );
  expect(
    inPostgres
      .map(({ name }) => name)
      .filter((name) => !known.has(name))
      .toSorted(),
  ).toEqual(["members", "writers"]);
  expect(TABLE_NAMES.filter((name) => !known.has(name))).toEqual([]);
});
