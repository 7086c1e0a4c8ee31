import type { Client } from "pg";
import { StoreError } from "../../errors.ts";
import { readMigrations } from "../../sql/migrations.ts";
import type { Columns, MovedRow, MovedTable } from "../../transfer/moved-rows.ts";
import {
  BATCH_CHARACTERS_MAX,
  BATCH_ROWS_MAX,
  type TransferPlace,
  type TransferRole,
} from "../../transfer/transfer.ts";
import { BEGIN_TRANSFER_SQL, END_TRANSFER_SQL, UNFINISHED_SQL } from "../../transfer/unfinished.ts";
import { addressOf, type DatabaseOptions, DEFAULT_SCHEMA, SILENCE_MS_MAX } from "./address.ts";
import { loadDriver, numbered } from "./driver.ts";
import { encodeUnit } from "./encode-unit.ts";
import { DRIFT_MIN, driftBeyond, driftChange } from "./partitions/drift.ts";
import { toStoreError } from "./postgres-errors.ts";
import { TABLE_NAMES } from "./tables.ts";
import { type BoundStatement, type Step, stepsFor } from "./write-set.ts";
import { openWriter, type WriterConnection } from "./writer-connection.ts";

/**
 * The database of an address, for a transfer: one connection that writes, with the lock of the schema, and one that reads. Throws
 * `store-locked` while a server runs on it, `store-unreachable` at once; of a source `store-missing` when there is none and
 * `store-incomplete` when it is a part itself, of a target `store-occupied`.
 */
export async function openPostgresTransfer(options: DatabaseOptions, role: TransferRole): Promise<TransferPlace> {
  const address = addressOf(options);
  const { schema = DEFAULT_SCHEMA } = options;
  const label = `${address.label}, schema ${schema}`;
  const driver = await loadDriver(address, SILENCE_MS_MAX);
  const { client } = await driver.connect({
    search_path: schema,
    enable_seqscan: "off",
    default_transaction_read_only: "on",
  });
  try {
    const isThere = (await client.query("SELECT to_regclass('migrations') AS name")).rows[0].name !== null;
    if (role === "source" && !isThere) throw new StoreError("store-missing", `${label} has no tables`);
    const migrations = readMigrations(new URL("./postgres-migrations/", import.meta.url));
    const takesPart = role === "target";
    const partitions = { days: 1, now: Date.now };
    const writer = await openWriter({
      driver,
      schema,
      migrations,
      label,
      takesPart,
      silenceMsMax: SILENCE_MS_MAX,
      partitions,
    });
    const close = async () => void (await Promise.all([writer.close(), client.end()]));
    try {
      if (role === "target") await refuseOccupied(client);
      return { label, ...reading(client, writer, label), ...writing(writer), close };
    } catch (error) {
      await writer.close();
      throw error;
    }
  } catch (error) {
    await client.end();
    throw toStoreError(error, label);
  }
}

function reading(
  client: Client,
  writer: WriterConnection,
  label: string,
): Pick<TransferPlace, "count" | "rows" | "sequence"> {
  return {
    count: async ({ name }) => {
      try {
        return (await client.query<{ rows: number }>(`SELECT count(*) AS rows FROM ${name}`)).rows[0]!.rows;
      } catch (error) {
        throw toStoreError(error, label);
      }
    },
    rows: (table) => walk(client, table, label),
    sequence: async () => writer.sequence,
  };
}

/** Rows that cross first; how many follow depends on how large they are. */
const FIRST_ROWS = 50;

async function* walk(client: Client, table: MovedTable, label: string): AsyncIterable<readonly MovedRow[]> {
  try {
    await client.query(`BEGIN READ ONLY; DECLARE walk NO SCROLL CURSOR FOR ${table.sql}`);
    for (let wanted = FIRST_ROWS; ;) {
      const { rows } = await client.query<Columns>(`FETCH ${wanted} FROM walk`);
      const batch = rows.map((columns) => table.rowOf(columns));
      if (batch.length > 0) yield batch;
      if (batch.length < wanted) break;
      const characters = batch.reduce((sum, { size }) => sum + size, 0);
      const fitting = Math.ceil((BATCH_CHARACTERS_MAX / characters) * batch.length);
      wanted = Math.min(fitting, 2 * wanted, BATCH_ROWS_MAX);
    }
  } catch (error) {
    throw toStoreError(error, label);
  } finally {
    await client.query("ROLLBACK").catch(() => undefined); // The connection may be gone.
  }
}

function writing(writer: WriterConnection): Pick<TransferPlace, "begin" | "write" | "finish"> {
  let number = writer.commits;
  const commit = (steps: readonly Step[], sequence = 0) => writer.commit(steps, { number: (number += 1), sequence });
  return {
    begin: (from) =>
      commit([
        said("empty_all", `TRUNCATE ${TABLE_NAMES.join(", ")}`),
        said("end_transfer", END_TRANSFER_SQL),
        said("begin_transfer", numbered(BEGIN_TRANSFER_SQL, []).text, Buffer.from(from)),
      ]),
    write: (rows) =>
      commit(
        stepsFor(
          rows.flatMap(({ unit, sequence = 1 }) => {
            const drift = driftBeyond(DRIFT_MIN, unit.executions ?? []);
            return [...(drift === undefined ? [] : [driftChange(drift)]), ...encodeUnit(unit, { last: sequence - 1 })];
          }),
        ),
      ),
    finish: async (sequence) => {
      // What is there from the start of a server has no statistics yet.
      await commit([said("analyze", `ANALYZE ${TABLE_NAMES.join(", ")}`)]);
      await commit([said("end_transfer", END_TRANSFER_SQL)], sequence);
    },
  };
}

function said(name: string, text: string, ...values: readonly Buffer[]): Step {
  const statement: BoundStatement = { name, text, values, plannedEachTime: false };
  return { type: "statements", statements: [statement] };
}

async function refuseOccupied(client: Client): Promise<void> {
  if ((await client.query(UNFINISHED_SQL)).rows.length > 0) return;
  const asked = TABLE_NAMES.map((name) => `SELECT '${name}' AS name WHERE EXISTS (SELECT FROM ${name})`);
  const { rows } = await client.query<{ name: string }>(asked.join(" UNION ALL "));
  if (rows.length > 0)
    throw new StoreError(
      "store-occupied",
      `it has rows: ${rows
        .map(({ name }) => name)
        .toSorted()
        .join(", ")}`,
    );
}
