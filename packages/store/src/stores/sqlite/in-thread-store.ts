/**
 * The SQLite store without its threads: the same migrations, statements, groups and queries, in the calling thread, and
 * with every step of a commit in the caller's hands. For simulations, where nothing may depend on how threads are run.
 */
import { StoreError } from "../../errors.ts";
import type { CommitUnit, Store } from "../../store.ts";
import { commitGroup } from "./commit-group.ts";
import { openDatabase, type Database } from "./driver.ts";
import { appendUnit, emptyGroup, type Group } from "./group.ts";
import { readMigrations } from "../../sql/migrations.ts";
import { migrate } from "./migrations.ts";
import { prepareWriter, type PreparedWriter } from "./prepared-writer.ts";
import type { UnitFailure } from "./protocol.ts";
import { SCANS, type ScanName } from "./scans.ts";
import { BUSY_TIMEOUT_MS, writerSettings } from "./settings.ts";
import { fromPlainError } from "./sqlite-errors.ts";
import { storeQueries, type Scan } from "./sqlite-store.ts";

/** A database that outlives the processes that open it. */
export interface InThreadDisk {
  /** The store of one process. `gathered` hears of each group that can be written; it decides when that happens. */
  open(gathered: (group: GatheredGroup) => void): Store;
  /** Removes every row, so that the database can serve for something else. */
  clear(): void;
  close(): void;
}

/** Units that share a transaction. Until it is written, units that are committed meanwhile join it. */
export interface GatheredGroup {
  readonly units: readonly CommitUnit[];
  /** One transaction; afterwards all is durable and nobody has heard of it. Answers the units that left nothing behind. */
  write(): ReadonlySet<CommitUnit>;
  /** Settles the promises of those who wait: rejected for units that were not written. */
  acknowledge(): void;
  /** Instead of `write`: none of it is written, and those who wait hear why. */
  refuse(error: StoreError): void;
}

interface Connection {
  readonly database: Database;
  readonly writer: PreparedWriter;
}

/** A database in memory, migrated. */
export function createInThreadDisk(): InThreadDisk {
  const database = openDatabase(":memory:", { busyTimeoutMs: BUSY_TIMEOUT_MS });
  database.exec(writerSettings({ durable: false }));
  migrate(database, readMigrations(new URL("./migrations/", import.meta.url)));
  const connection = { database, writer: prepareWriter(database) };
  const tables = database.all<{ name: string }>(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('migrations', 'counters')",
  );
  return {
    open: (gathered) => storeOn(connection, gathered),
    clear: () => {
      for (const { name } of tables) database.exec(`DELETE FROM ${name}`);
      database.exec("UPDATE counters SET value = 0");
    },
    close: () => database.close(),
  };
}

function storeOn({ database, writer }: Connection, gathered: (group: GatheredGroup) => void): Store {
  let sequence: { last: number } | undefined;
  let waiting: { readonly group: Group; readonly units: CommitUnit[] } | undefined;
  const demandOpen = (): { last: number } => {
    if (sequence === undefined) throw new StoreError("store-closed", "the store in memory is not started");
    return sequence;
  };
  const scan: Scan = async (name, ...parameters) => {
    demandOpen();
    const query = SCANS[name] as (database: Database, ...parameters: readonly unknown[]) => unknown;
    return query(database, ...parameters) as ReturnType<(typeof SCANS)[ScanName & typeof name]>;
  };
  return {
    start: async () => {
      const row = database.get<{ value: number }>("SELECT value FROM counters WHERE name = 'sequence'");
      sequence = { last: row?.value ?? 0 };
    },
    stop: async () => {
      sequence = undefined;
    },
    commit: async (unit) => {
      const known = demandOpen();
      const first = waiting === undefined;
      waiting ??= { group: emptyGroup(), units: [] };
      const { group, units } = waiting;
      const written = appendUnit(group, unit, known);
      if (group.units.length > units.length) units.push(unit);
      if (first) gathered(gatheredGroup(writer, group, units, () => (waiting = undefined)));
      return written;
    },
    ...storeQueries(async (query) => {
      demandOpen();
      return query(database);
    }, scan),
  };
}

function gatheredGroup(
  writer: PreparedWriter,
  group: Group,
  units: readonly CommitUnit[],
  seal: () => void,
): GatheredGroup {
  let failures: readonly UnitFailure[] = [];
  const { values, ends, units: waiting } = group;
  return {
    units,
    write: () => {
      seal();
      failures = commitGroup(writer, { type: "group", values, ends, sequence: group.sequence });
      return new Set(failures.map(({ unit }) => units[unit]!));
    },
    acknowledge: () => {
      for (const { unit, error } of failures) waiting[unit]!.reject(fromPlainError(error));
      for (const unit of waiting) unit.resolve();
    },
    refuse: (error) => {
      seal();
      for (const unit of waiting) unit.reject(error);
    },
  };
}
