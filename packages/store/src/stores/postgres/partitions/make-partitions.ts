import type { Client } from "pg";
import { DAY_MS } from "../../../days.ts";
import { ID_TIMES_END, timeOfPrefix } from "../../../id-times.ts";
import { idsOf, PARTITIONED, partitionOf, readDays, type Days, daysAt } from "./spans.ts";
import {
  DUPLICATE_TABLE,
  hasCode,
  INVALID_OBJECT_DEFINITION,
  LOCK_NOT_AVAILABLE,
  UNIQUE_VIOLATION,
} from "../postgres-errors.ts";
import type { TableName } from "../tables.ts";

export interface PartitionOptions {
  /** How many days a partition has. */
  readonly days: number;
  readonly now: () => number;
}

/** So many days there are always partitions for, beginning with today. */
const DAYS_AHEAD = 3;
/** How long others may have to wait because a table waits for those who read it, in milliseconds. */
const LOCK_MS_MAX = 200;
/** Days that rows without a partition of theirs are given at once. */
const DAYS_FILLED_MAX = 400;

/** Rows that may be moved at once, which takes some tenths of a second. */
const ROWS_MOVED_MAX = 20_000;

/** Pages of what is written again keep room. */
const STORAGE: Partial<Record<TableName, string>> = {
  executions: "WITH (fillfactor = 60)",
  task_runs: "WITH (fillfactor = 60)",
};

/**
 * Makes partitions for today and the days to come. Rejects while others read for long, and leaves no part of one behind; rows that
 * have no partition are kept in the default one all the same.
 */
export async function makePartitions(client: Client, { days, now }: PartitionOptions): Promise<void> {
  const known = [...(await readDays(client))];
  for (let day = 0; day < DAYS_AHEAD; day += 1) {
    const time = now() + day * DAY_MS;
    if (known.some(({ from, to }) => from <= time && time < to)) continue;
    const made = daysAt(time, days, known);
    await makePartition(client, made);
    known.push(made);
  }
}

/**
 * As `makePartitions`, at a start, which goes on without where others read for long, or somebody else is just making them: what the last
 * statement of a process that died began may end later. Who cares for partitions tries again.
 */
export async function preparePartitions(client: Client, options: PartitionOptions): Promise<void> {
  try {
    await makePartitions(client, options);
  } catch (error) {
    if (!hasCode(error, ...PASSING)) throw error;
  }
}

/** The lock is not to be had; the table is there, or its name or its range is taken meanwhile. */
const PASSING = [LOCK_NOT_AVAILABLE, DUPLICATE_TABLE, UNIQUE_VIOLATION, INVALID_OBJECT_DEFINITION];

/**
 * Gives the rows of the default partition partitions of their own: executions of other days, that came from elsewhere or by a wrong
 * clock.
 */
export async function fillPartitions(client: Client, { days }: PartitionOptions): Promise<void> {
  let behind = "00";
  for (let count = 0; count < DAYS_FILLED_MAX; count += 1) {
    const sql = `SELECT min(id) AS id FROM executions_default WHERE id >= $1 AND id ~ '^00[0-9A-Za-z]{7}'`;
    const { id } = (await client.query<{ id: string | null }>(sql, [behind])).rows[0]!;
    if (id === null || id >= ID_TIMES_END) return;
    const made = daysAt(timeOfPrefix(id), days, await readDays(client));
    await makePartition(client, made);
    behind = idsOf(made).end;
  }
}

/**
 * A partition of each table for these days, with the rows that lie in the default ones: all of it or nothing. Nothing where those are too
 * many to be moved while others wait.
 */
async function makePartition(client: Client, days: Days): Promise<void> {
  const { least, end } = idsOf(days);
  const rows = await rowsToMove(client, least, end);
  if (rows > ROWS_MOVED_MAX) return;
  const tables = PARTITIONED.map(({ table }) => table).join(", ");
  // Who reads while rows move finds them in one place or in the other.
  const lock = rows > 0 ? `LOCK TABLE ${tables} IN ACCESS EXCLUSIVE MODE` : "";
  const made = PARTITIONED.map(({ table, column }) => {
    const partition = partitionOf(table, days);
    return `CREATE TABLE ${partition} (LIKE ${table} INCLUDING DEFAULTS) ${STORAGE[table] ?? ""};
      WITH moved AS (DELETE FROM ${table}_default WHERE ${column} >= '${least}' AND ${column} < '${end}' RETURNING *)
        INSERT INTO ${partition} SELECT * FROM moved;
      ALTER TABLE ${table} ATTACH PARTITION ${partition} FOR VALUES FROM ('${least}') TO ('${end}')`;
  });
  try {
    // In one message, so that no lock waits for this process.
    await client.query(["BEGIN", `SET LOCAL lock_timeout = ${LOCK_MS_MAX}`, lock, ...made, "COMMIT"].join(";"));
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined); // The first error says what happened.
    throw error;
  }
}

/** How many rows of these ids lie in the default partitions; counted no further than needed. */
async function rowsToMove(client: Client, least: string, end: string): Promise<number> {
  const counts = PARTITIONED.map(
    ({ table, column }) => `(SELECT count(*) FROM (SELECT FROM ${table}_default
      WHERE ${column} >= '${least}' AND ${column} < '${end}' LIMIT ${ROWS_MOVED_MAX + 1}) AS rows)`,
  );
  return (await client.query<{ rows: number }>(`SELECT ${counts.join(" + ")} AS rows`)).rows[0]!.rows;
}
