import { StoreError } from "../../errors.ts";
import { type AppliedMigration, type Migration, missingMigrations } from "../../sql/migrations.ts";
import type { Database } from "./driver.ts";

const COLUMNS = "number,name,sql";

/** Throws `store-foreign` where tables of another program are. Writes nothing. */
export function refuseForeign(database: Database): void {
  const isEmpty = database.get("SELECT 1 FROM sqlite_schema LIMIT 1") === undefined;
  const columns = database.all<{ name: string }>("SELECT name FROM pragma_table_info('migrations')");
  if (isEmpty || columns.map(({ name }) => name).join(",") === COLUMNS) return;
  throw new StoreError("store-foreign", "its tables are of another program");
}

/** Applies what is missing, each migration in one transaction; refuses what `missingMigrations` refuses. */
export function migrate(database: Database, migrations: readonly Migration[]): void {
  database.exec(`CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, sql TEXT NOT NULL
  ) STRICT, WITHOUT ROWID`);
  const applied = database.all<AppliedMigration>("SELECT number, name, sql FROM migrations ORDER BY number");
  for (const migration of missingMigrations(applied, migrations)) apply(database, migration);
}

function apply(database: Database, migration: Migration): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    database.exec(migration.sql);
    database.prepare("INSERT INTO migrations VALUES (?, ?, ?)").run([migration.number, migration.name, migration.sql]);
    database.exec("COMMIT");
  } catch (error) {
    if (database.inTransaction()) database.exec("ROLLBACK");
    throw error;
  }
}
