import { expect, onTestFinished, test } from "vitest";
import { openDatabase, type Database } from "./driver.ts";
import { readMigrations, type Migration } from "../../sql/migrations.ts";
import { migrate, refuseForeign } from "./migrations.ts";

function setup(): Database {
  const database = openDatabase(":memory:", { busyTimeoutMs: 0 });
  onTestFinished(() => database.close());
  return database;
}

const FIRST: Migration = { number: 1, name: "0001-a.sql", sql: "CREATE TABLE a (x);" };
const SECOND: Migration = { number: 2, name: "0002-b.sql", sql: "CREATE TABLE b (x); INSERT INTO b VALUES (1);" };

function tables(database: Database): readonly string[] {
  const rows = database.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  return rows.map((row) => row.name).filter((name) => name !== "migrations");
}

test("missing migrations are applied once, in order", () => {
  const database = setup();
  migrate(database, [FIRST]);
  expect(tables(database)).toEqual(["a"]);
  migrate(database, [FIRST, SECOND]);
  migrate(database, [FIRST, SECOND]);
  expect(tables(database)).toEqual(["a", "b"]);
  expect(database.all("SELECT x FROM b")).toHaveLength(1);
});

test("a migration that fails leaves nothing behind", () => {
  const database = setup();
  const broken = { ...SECOND, sql: "CREATE TABLE b (x); INSERT INTO nowhere VALUES (1);" };
  expect(() => migrate(database, [FIRST, broken])).toThrow("nowhere");
  expect(tables(database)).toEqual(["a"]);
  migrate(database, [FIRST, SECOND]);
  expect(tables(database)).toEqual(["a", "b"]);
});

test("a database of a newer version is refused untouched", () => {
  const database = setup();
  migrate(database, [FIRST, SECOND]);
  expect(() => migrate(database, [FIRST])).toThrow(
    expect.objectContaining({ code: "store-newer", message: expect.stringContaining("0002-b.sql") }),
  );
});

test.each(["CREATE TABLE letters (x)", "CREATE TABLE migrations (id INTEGER, name TEXT)"])(
  "a database of another program is refused: %s",
  (sql) => {
    const database = setup();
    database.exec(sql);
    expect(() => refuseForeign(database)).toThrow(expect.objectContaining({ code: "store-foreign" }));
  },
);

test("a database that is empty, or has migrations of ours, is none of another program", () => {
  const database = setup();
  refuseForeign(database);
  migrate(database, []);
  refuseForeign(database);
  migrate(database, [FIRST]);
  refuseForeign(database);
});

test("a changed migration is refused, other line ends are not a change", () => {
  const database = setup();
  const first = { ...FIRST, sql: "CREATE TABLE a (\n  x\n);" };
  migrate(database, [first]);
  migrate(database, [{ ...first, sql: first.sql.replaceAll("\n", "\r\n") }]);
  expect(() => migrate(database, [FIRST])).toThrow(
    expect.objectContaining({ code: "store-changed", message: expect.stringContaining("0001-a.sql") }),
  );
});

test("the folder's migrations are numbered without a gap", () => {
  const migrations = readMigrations(new URL("./migrations/", import.meta.url));
  expect(migrations.map((migration) => migration.number)).toEqual(migrations.map((_, position) => position + 1));
});
