import { StoreError } from "../../errors.ts";
import { openDatabase } from "./driver.ts";
import { toStoreError } from "./sqlite-errors.ts";

/** The only writer of a database; `release` gives it back. */
export interface WriterLock {
  release(): void;
}

/**
 * Takes the right to write: an exclusive transaction, never ended, on an empty database beside the real one. The
 * operating system drops it when the process dies, however it dies, so a lock can't be stale. Throws `store-locked`.
 */
export function takeWriterLock(databasePath: string): WriterLock {
  const path = `${databasePath}.lock`;
  const database = openDatabase(path, { busyTimeoutMs: 0 });
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    const typed = toStoreError(error);
    if (typed.code !== "store-locked") throw typed;
    throw new StoreError("store-locked", `the lock ${path} is taken`, { cause: error });
  }
  return { release: () => database.close() };
}
