/** Moves all that one database keeps into another, empty one, and reads it back there. */
import { StoreError } from "../errors.ts";
import { MOVED_TABLES, type MovedRow, type MovedTable } from "./moved-rows.ts";

/** A database that nobody else writes to while it is open, from which rows are read, or into which they are written. */
export interface TransferPlace {
  /** For messages. */
  readonly label: string;
  count(table: MovedTable): Promise<number>;
  /** By their keys, some at a time. */
  rows(table: MovedTable): AsyncIterable<readonly MovedRow[]>;
  /** The last number that was given to a log line, a metric or a message. */
  sequence(): Promise<number>;
  /** Notes that only a part of something is here from now on, and removes what an earlier transfer left behind. */
  begin(from: string): Promise<void>;
  write(rows: readonly MovedRow[]): Promise<void>;
  /** Notes, durably, that all is here, and which number was given last. */
  finish(sequence: number): Promise<void>;
  close(): Promise<void>;
}

/** What a place is opened for. */
export type TransferRole = "source" | "target";

export interface TransferProgress {
  readonly step: "copy" | "check";
  readonly table: string;
  readonly rows: number;
  /** Of the table. */
  readonly total: number;
}

export interface TransferReport {
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  /** Of all tables. */
  readonly rows: number;
}

/** Rows that are in memory at once: as many as this, or as these characters take. A row that is larger comes alone. */
export const BATCH_ROWS_MAX = 1_000;
export const BATCH_CHARACTERS_MAX = 4_000_000;

/**
 * Copies all rows, table after table, then reads every one back and compares it with its source. Throws `store-differs` when one
 * is not the same; the target then stays marked as incomplete, as after a crash: no store starts on it, and a transfer begins anew.
 */
export async function transfer(
  source: TransferPlace,
  target: TransferPlace,
  onProgress: (progress: TransferProgress) => void = () => undefined,
): Promise<TransferReport> {
  await target.begin(source.label);
  const tables = [];
  for (const table of MOVED_TABLES) {
    const total = await source.count(table);
    await copy(source.rows(table), target, (rows) => onProgress({ step: "copy", table: table.name, rows, total }));
    tables.push({ table, rows: total });
  }
  for (const { table, rows: total } of tables) {
    await demandCount(source, target, table, total);
    await compare(source, target, table, (rows) => onProgress({ step: "check", table: table.name, rows, total }));
  }
  await target.finish(await source.sequence());
  return {
    tables: tables.map(({ table, rows }) => ({ table: table.name, rows })),
    rows: tables.reduce((sum, { rows }) => sum + rows, 0),
  };
}

/** The next rows are read while the last ones are written. */
async function copy(
  batches: AsyncIterable<readonly MovedRow[]>,
  target: TransferPlace,
  onRows: (rows: number) => void,
): Promise<void> {
  let rows = 0;
  let writing: Promise<void> = Promise.resolve();
  try {
    for await (const batch of batches) {
      await writing;
      onRows(rows);
      writing = target.write(batch);
      writing.catch(() => undefined); // Waited for at the next batch, or at the end.
      rows += batch.length;
    }
  } finally {
    await writing;
  }
  onRows(rows);
}

async function demandCount(
  source: TransferPlace,
  target: TransferPlace,
  table: MovedTable,
  expected: number,
): Promise<void> {
  const counted = await target.count(table);
  if (counted !== expected)
    throw new StoreError(
      "store-differs",
      `${table.name} has ${expected} rows in ${source.label} and ${counted} in ${target.label}`,
    );
}

async function compare(
  source: TransferPlace,
  target: TransferPlace,
  table: MovedTable,
  onRows: (rows: number) => void,
): Promise<void> {
  const [written, arrived] = [rowByRow(source.rows(table)), rowByRow(target.rows(table))];
  let rows = 0;
  try {
    for (;;) {
      const [{ value: expected }, { value: found }] = await Promise.all([written.next(), arrived.next()]);
      if (expected === undefined && found === undefined) break;
      if (expected === undefined || found === undefined || textOf(expected) !== textOf(found)) {
        const name = (expected ?? found)!.name;
        throw new StoreError("store-differs", `${name} is not the same in ${source.label} and in ${target.label}`);
      }
      rows += 1;
      if (rows % BATCH_ROWS_MAX === 0) onRows(rows);
    }
  } finally {
    await Promise.all([written.return(undefined), arrived.return(undefined)]);
  }
  onRows(rows);
}

async function* rowByRow(batches: AsyncIterable<readonly MovedRow[]>): AsyncGenerator<MovedRow, undefined, undefined> {
  for await (const batch of batches) yield* batch;
  return undefined;
}

/** PostgreSQL keeps metrics without the character 0, which it knows in no text that it looks into. */
function textOf({ name, unit, sequence }: MovedRow): string {
  const text = JSON.stringify([name, unit, sequence]);
  return unit.metrics === undefined ? text : text.replaceAll(String.raw`\u0000`, "\uFFFD");
}
