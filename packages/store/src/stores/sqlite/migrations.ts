import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { StoreError } from "../../errors.ts";
import type { Database } from "./driver.ts";

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

const FILE_NAME = /^(\d{4})-([a-z0-9-]+)\.sql$/;

/** The migrations of a folder, by number. A file that isn't named `0001-some-words.sql` or a gap is a mistake of ours. */
export function readMigrations(folder: URL): readonly Migration[] {
  const files = readdirSync(folder).toSorted();
  return files.map((file, position) => {
    const match = FILE_NAME.exec(file);
    const number = Number(match?.[1]);
    if (number !== position + 1) throw new Error(`${file} is not migration number ${position + 1}`);
    return { number, name: file, sql: readFileSync(new URL(file, folder), "utf8") };
  });
}

const COLUMNS = "number,name,checksum";

/** Throws `store-foreign` where tables of another program are. Writes nothing. */
export function refuseForeign(database: Database): void {
  const isEmpty = database.get("SELECT 1 FROM sqlite_schema LIMIT 1") === undefined;
  const columns = database.all<{ name: string }>("SELECT name FROM pragma_table_info('migrations')");
  if (isEmpty || columns.map(({ name }) => name).join(",") === COLUMNS) return;
  throw new StoreError("store-foreign", "its tables are of another program");
}

/**
 * Applies what is missing, each migration in one transaction. Refuses a database that has more than this version
 * knows (`store-newer`) or that was made by another text of the same migration (`store-changed`).
 */
export function migrate(database: Database, migrations: readonly Migration[]): void {
  database.exec(`CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`);
  const applied = database.all<Applied>("SELECT number, name, checksum FROM migrations ORDER BY number");
  for (const row of applied) compare(row, migrations[row.number - 1]);
  for (const migration of migrations.slice(applied.length)) apply(database, migration);
}

interface Applied {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
}

function compare(applied: Applied, known: Migration | undefined): void {
  if (known === undefined) {
    throw new StoreError("store-newer", `it has migration ${applied.name}, which this version doesn't know`);
  }
  if (checksum(known) !== applied.checksum) {
    throw new StoreError("store-changed", `${known.name} is not what was applied as ${applied.name}`);
  }
}

function apply(database: Database, migration: Migration): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(migration.sql);
    database
      .prepare("INSERT INTO migrations VALUES (?, ?, ?)")
      .run([migration.number, migration.name, checksum(migration)]);
    database.exec("COMMIT");
  } catch (error) {
    if (database.inTransaction()) database.exec("ROLLBACK");
    throw error;
  }
}

function checksum(migration: Migration): string {
  // The same file checked out with other line ends is the same migration.
  return createHash("sha256").update(migration.sql.replaceAll("\r\n", "\n")).digest("hex");
}
