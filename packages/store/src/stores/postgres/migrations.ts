import type { ClientBase } from "pg";
import { StoreError } from "../../errors.ts";
import { type AppliedMigration, type Migration, missingMigrations } from "../../sql/migrations.ts";

const COLUMNS = "number,name,sql";

/** Throws `store-foreign` where tables of another program are. Writes nothing. */
async function refuseForeign(client: ClientBase, schema: string): Promise<void> {
  const { rows } = await client.query<{ tables: number; columns: string | null }>(
    `SELECT (SELECT count(*) FROM pg_tables WHERE schemaname = $1) AS tables,
      (SELECT string_agg(column_name, ',' ORDER BY ordinal_position) FROM information_schema.columns
        WHERE table_schema = $1 AND table_name = 'migrations') AS columns`,
    [schema],
  );
  const { tables, columns } = rows[0]!;
  if (tables === 0 || columns === COLUMNS) return;
  throw new StoreError("store-foreign", `the schema ${schema} has tables of another program`);
}

/**
 * Makes the schema and applies what is missing, each migration in one transaction; refuses what `missingMigrations` refuses.
 * Whoever calls it holds the lock of the schema. The connection's search path is the schema.
 */
export async function migrate(client: ClientBase, schema: string, migrations: readonly Migration[]): Promise<void> {
  await refuseForeign(client, schema);
  // Only who may create schemas may say IF NOT EXISTS, also where it is there.
  const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema]);
  if (rowCount === 0) await client.query(`CREATE SCHEMA ${schema}`);
  await client.query(`CREATE TABLE IF NOT EXISTS migrations (
    number integer NOT NULL PRIMARY KEY, name text NOT NULL, sql text NOT NULL)`);
  const applied = await client.query<AppliedMigration>("SELECT number, name, sql FROM migrations ORDER BY number");
  for (const migration of missingMigrations(applied.rows, migrations)) await apply(client, migration);
}

async function apply(client: ClientBase, migration: Migration): Promise<void> {
  await client.query("BEGIN");
  try {
    await client.query(migration.sql);
    await client.query("INSERT INTO migrations VALUES ($1, $2, $3)", [migration.number, migration.name, migration.sql]);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined); // The first error says what happened.
    throw error;
  }
}
