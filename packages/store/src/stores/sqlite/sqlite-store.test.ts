import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { execution, FIRST_PAGE, line, logBatch, TENANT } from "../../conformance/fixtures.ts";
import { openDatabase } from "./driver.ts";
import { createSqliteStore } from "./sqlite-store.ts";

async function setup(): Promise<{ readonly folder: string; readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-sqlite-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return { folder, path: join(folder, "deep", "er", "store.db") };
}

test("the folder of the database is made", async () => {
  const { path } = await setup();
  const store = createSqliteStore({ path });
  await store.start();
  await store.stop();
  expect(existsSync(path)).toBe(true);
});

test("a store that is started while it opens opens once", async () => {
  const { path } = await setup();
  const store = createSqliteStore({ path });
  await Promise.all([store.start(), store.start()]);
  await store.start();
  await store.commit({ executions: [execution("e1")] });
  await store.stop();
  await expect(store.commit({})).rejects.toMatchObject({ code: "store-closed" });
});

test("a store that is stopped while it opens lets its file go", async () => {
  const { path } = await setup();
  const store = createSqliteStore({ path });
  const starting = store.start();
  await store.stop();
  await starting;
  const next = createSqliteStore({ path });
  await next.start();
  await next.stop();
});

test("a clean stop leaves no write-ahead log behind", async () => {
  const { path } = await setup();
  const store = createSqliteStore({ path });
  await store.start();
  await store.commit({ executions: [execution("e1")] });
  await store.executions.search({ tenant: TENANT }, FIRST_PAGE);
  await store.stop();
  expect(existsSync(`${path}-wal`)).toBe(false);
});

test("a second store on the same file is refused, the first goes on", async () => {
  const { path } = await setup();
  const first = createSqliteStore({ path });
  await first.start();
  onTestFinished(() => first.stop());
  await expect(createSqliteStore({ path }).start()).rejects.toMatchObject({ code: "store-locked" });
  await first.commit({ executions: [execution("e1")] });
  expect(await first.executions.get(TENANT, "e1")).toBeDefined();
});

test("a temporary store lives as long as it is open", async () => {
  const store = createSqliteStore({ path: ":memory:" });
  await store.start();
  await store.commit({ executions: [execution("e1")] });
  expect(await store.executions.get(TENANT, "e1")).toBeDefined();
  await store.stop();
  await store.start();
  expect(await store.executions.get(TENANT, "e1")).toBeUndefined();
  await store.stop();
});

test("a file that is no database is refused and left as it is", async () => {
  const { folder } = await setup();
  const path = join(folder, "store.db");
  await writeFile(path, "this is a letter, not a database. ".repeat(100));
  const store = createSqliteStore({ path });
  await expect(store.start()).rejects.toMatchObject({ name: "StoreError", code: "store-corrupt" });
  await expect(store.commit({})).rejects.toMatchObject({ code: "store-closed" });
  await rm(path);
  await store.start();
  await store.stop();
});

test("a database of another program is refused and left as it is", async () => {
  const { folder } = await setup();
  const path = join(folder, "store.db");
  const theirs = openDatabase(path, { busyTimeoutMs: 0 });
  theirs.exec("CREATE TABLE letters (x)");
  theirs.close();
  const before = await readFile(path);
  await expect(createSqliteStore({ path }).start()).rejects.toMatchObject({
    code: "store-foreign",
    detail: `${path}: its tables are of another program`,
  });
  expect((await readFile(path)).equals(before)).toBe(true);
});

test("the database opens while whoever started it is busy", async () => {
  const { folder } = await setup();
  const path = join(folder, "new", "store.db");
  const store = createSqliteStore({ path });
  const started = store.start();
  const pause = new Int32Array(new SharedArrayBuffer(4));
  const endMs = Date.now() + 10_000;
  // The log of the database is written when its tables are made.
  while (!existsSync(`${path}-wal`) && Date.now() < endMs) Atomics.wait(pause, 0, 0, 5);
  expect(existsSync(`${path}-wal`)).toBe(true);
  await started;
  await store.stop();
});

test("a folder in the place of the database is told", async () => {
  const { folder } = await setup();
  await expect(createSqliteStore({ path: folder }).start()).rejects.toMatchObject({
    code: "store-io",
    detail: `${folder} is a folder`,
  });
});

test("a folder that can't be written to is reported as such", async () => {
  const { folder } = await setup();
  await writeFile(join(folder, "file"), "");
  const store = createSqliteStore({ path: join(folder, "file", "store.db") });
  await expect(store.start()).rejects.toMatchObject({ code: "store-io" });
});

test("a database of a newer version is refused", async () => {
  const { folder } = await setup();
  const path = join(folder, "store.db");
  const store = createSqliteStore({ path });
  await store.start();
  await store.stop();
  const database = openDatabase(path, { busyTimeoutMs: 0 });
  database.exec("INSERT INTO migrations VALUES (99, '0099-future.sql', 'x')");
  database.close();
  await expect(store.start()).rejects.toMatchObject({ code: "store-newer" });
});

test("values that are neither text nor numbers are refused before they reach the thread", async () => {
  const store = createSqliteStore({ path: ":memory:" });
  await store.start();
  onTestFinished(() => store.stop());
  const wrong: never = (() => 1) as never;
  const outcomes = await Promise.allSettled([
    store.commit({ executions: [execution("e1")] }),
    store.commit({ timers: [{ tenant: TENANT, executionId: "e", key: "k", at: wrong }] }),
    store.commit({ executions: [execution("e2")] }),
  ]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(outcomes[1]).toMatchObject({
    reason: { code: "store-invalid", hint: expect.stringContaining("whole numbers") },
  });
});

test("a search that was asked before the stop is answered or told of the stop", async () => {
  const store = createSqliteStore({ path: ":memory:" });
  await store.start();
  await store.commit({ logs: [logBatch({ executionId: "e1", lines: [line(0, "x")] })] });
  const search = store.logs.search({ tenant: TENANT }, FIRST_PAGE);
  const [outcome] = await Promise.all([Promise.allSettled([search]), store.stop()]);
  expect(outcome[0]).toMatchObject({ status: "rejected", reason: { code: "store-closed" } });
});
