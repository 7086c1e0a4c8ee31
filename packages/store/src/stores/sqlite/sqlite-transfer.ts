import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { StoreError } from "../../errors.ts";
import { readMigrations } from "../../sql/migrations.ts";
import { batchesOf } from "../../transfer/batches.ts";
import type { Columns, MovedRow } from "../../transfer/moved-rows.ts";
import type { TransferPlace, TransferRole } from "../../transfer/transfer.ts";
import { BEGIN_TRANSFER_SQL, END_TRANSFER_SQL, refuseUnfinished, UNFINISHED_SQL } from "../../transfer/unfinished.ts";
import { type Database, openDatabase, type SqlValue } from "./driver.ts";
import { encodeUnit } from "./encode-unit.ts";
import { takeWriterLock } from "./lock.ts";
import { migrate, refuseForeign } from "./migrations.ts";
import { type PreparedWriter, prepareWriter } from "./prepared-writer.ts";
import { BUSY_TIMEOUT_MS, writerSettings } from "./settings.ts";
import { toStoreError } from "./sqlite-errors.ts";

/** Tables that tell of the database itself. */
const BOOKKEEPING: ReadonlySet<string> = new Set(["migrations", "counters", "unfinished_transfers"]);

/**
 * The database in a file, for a transfer, in the calling thread. Throws `store-locked` while a server runs on it; of a source
 * `store-missing` when there is none and `store-incomplete` when it is a part itself, of a target `store-occupied`.
 */
export async function openSqliteTransfer(path: string, role: TransferRole): Promise<TransferPlace> {
  try {
    if (role === "target") await mkdir(dirname(path), { recursive: true });
    else if (!(await isFile(path))) throw new StoreError("store-missing", `there is no file ${path}`);
    return openPlace(path, role);
  } catch (error) {
    const { code, detail } = toStoreError(error);
    throw new StoreError(code, detail.includes(path) ? detail : `${path}: ${detail}`, { cause: error });
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function openPlace(path: string, role: TransferRole): TransferPlace {
  const lock = takeWriterLock(path);
  const database = openDatabase(path, { busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    refuseForeign(database);
    database.exec(writerSettings({ durable: true }));
    migrate(database, readMigrations(new URL("./migrations/", import.meta.url)));
    if (role === "source") refuseUnfinished(database.get(UNFINISHED_SQL));
    else refuseOccupied(database);
  } catch (error) {
    database.close();
    lock.release();
    throw error;
  }
  const close = async () => {
    database.close();
    lock.release();
  };
  return { label: path, ...reading(database), ...writing(database), close };
}

function reading(database: Database): Pick<TransferPlace, "count" | "rows" | "sequence"> {
  return {
    count: async ({ name }) => database.get<{ rows: number }>(`SELECT count(*) AS rows FROM ${name}`)?.rows ?? 0,
    rows: async function* rows(table) {
      yield* batchesOf(table, database.iterate<Columns>(table.sql));
    },
    sequence: async () =>
      database.get<{ value: number }>("SELECT value FROM counters WHERE name = 'sequence'")?.value ?? 0,
  };
}

function writing(database: Database): Pick<TransferPlace, "begin" | "write" | "finish"> {
  let prepared: PreparedWriter | undefined;
  const within = (work: (writer: PreparedWriter) => void): void => {
    const writer = (prepared ??= prepareWriter(database));
    try {
      writer.begin();
      work(writer);
      writer.commit();
    } catch (error) {
      writer.rollback();
      throw toStoreError(error);
    }
  };
  return {
    begin: async (from) =>
      within(() => {
        for (const name of tablesOf(database)) database.exec(`DELETE FROM ${name}`);
        database.exec(END_TRANSFER_SQL);
        database.prepare(BEGIN_TRANSFER_SQL).run([from]);
      }),
    write: async (rows) =>
      within((writer) => {
        const values = encoded(rows);
        writer.apply(values, 0, values.length);
      }),
    finish: async (sequence) =>
      within((writer) => {
        writer.setSequence(sequence);
        database.exec(END_TRANSFER_SQL);
      }),
  };
}

function encoded(rows: readonly MovedRow[]): readonly SqlValue[] {
  const values: SqlValue[] = [];
  for (const { unit, sequence = 1 } of rows) encodeUnit(values, unit, { last: sequence - 1 });
  return values;
}

function refuseOccupied(database: Database): void {
  if (database.get(UNFINISHED_SQL) !== undefined) return;
  const occupied = tablesOf(database).filter((name) => database.get(`SELECT 1 FROM ${name} LIMIT 1`) !== undefined);
  if (occupied.length > 0) throw new StoreError("store-occupied", `it has rows: ${occupied.join(", ")}`);
}

function tablesOf(database: Database): readonly string[] {
  const tables = database.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  return tables.map(({ name }) => name).filter((name) => !BOOKKEEPING.has(name));
}
