import type { CommitUnit, Store, StoreError } from "@capstan/store";

/** Where a world keeps its rows; it outlives the processes that open it. */
export interface Database {
  /** The store of one process, which owns the database until it dies or stops. */
  open(listener: GroupListener): Store;
  /** The process that opened it is gone at this moment, with all that was on its way. */
  processDied(): void;
  /** Resolves when nothing is under way that takes real time. */
  readonly settled: () => Promise<void>;
  /** Absent where there is no network that could be cut. */
  readonly network?: Network;
  /** Removes every row, so that the database can serve another world. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface GroupListener {
  /** Units wait that can be written together; whoever hears it decides when that happens. */
  gathered(group: WorldGroup): void;
  /** Units were written by the store itself, after their sender was told that nobody knows what became of them. */
  writtenLate(units: readonly CommitUnit[]): void;
}

/** Units that share a transaction. Until it is written, units that are committed meanwhile join it. */
export interface WorldGroup {
  readonly units: readonly CommitUnit[];
  /** One transaction, on a connection that is cut on the way if asked for; answers the units that became durable by it. */
  write(cut?: Cut): ReadonlySet<CommitUnit> | Promise<ReadonlySet<CommitUnit>>;
  /** Tells those who wait what became of their units. */
  acknowledge(): void;
  /** Instead of `write`: none of it is written, and those who wait hear why. */
  refuse(error: StoreError): void;
}

/** When a connection is cut: before the transaction arrived, or when it was committed and before that was said. */
export type Cut = "request" | "answer";

export interface Network {
  /** From now on the database can't be reached by the process that opened it; the next one finds it there. */
  lose(): void;
  /** It can; the store goes on by itself. */
  restore(): void;
}
