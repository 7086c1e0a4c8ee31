import type { JsonMap } from "@capstan/sdk";
import { createTestWorld, type TestWorld } from "@capstan/sdk/test-kit";
import { taskOf } from "./task-of.ts";

/** A driver with a database that tests may fill. */
export interface DriverUnderTest {
  /** As in `io.kestra.plugin.jdbc.<name>.Query`. */
  readonly name: string;
  /** Properties that connect; asked within a test. */
  readonly place: () => JsonMap;
  /** A query of the column `i` with the numbers from 1 on. */
  readonly series: (count: number) => string;
  /** A query that fails behind many rows. */
  readonly breaking: string;
  readonly hasBatch: boolean;
  /** Whether it tells how many rows were updated; true if nothing is said. */
  readonly countsUpdates?: boolean;
  /** The column types of a table with `id`, `state` and `note`, where those of the standard won't do. */
  readonly columns?: string;
}

const COLUMNS = "(id INTEGER PRIMARY KEY, state VARCHAR(40), note VARCHAR(200))";
let tables = 0;

/** A world, and a table with the columns `id`, `state` and `note` of its own. */
export async function startTable({ name, place, columns = COLUMNS }: DriverUnderTest, rows = "") {
  tables += 1;
  const table = `orders_${tables}`;
  const world = createTestWorld();
  const run = (kind: string, properties: JsonMap) =>
    world.run(taskOf(`${name}.${kind}`), { ...place(), ...properties });
  const create = `CREATE TABLE ${table} ${columns};`;
  const made = await run("Queries", { sql: create + rows.replaceAll("orders", table) });
  if (made.state !== "SUCCESS") throw new Error(made.message);
  const content = async () => {
    const { outputs } = await run("Query", { sql: `SELECT * FROM ${table} ORDER BY id`, fetchType: "FETCH" });
    return outputs!["rows"] as readonly JsonMap[];
  };
  return { world, table, run, content };
}

/** Three orders, for `startTable`. */
export const THREE = "INSERT INTO orders VALUES (1, 'NEW', 'a'), (2, 'NEW', NULL), (3, 'OLD', 'c');";

export async function linesOf({ files }: TestWorld, uri: unknown): Promise<readonly unknown[]> {
  const text = await files.text(String(uri));
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as unknown);
}
