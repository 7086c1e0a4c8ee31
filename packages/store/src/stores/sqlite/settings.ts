/**
 * 8 KiB pages hold several executions each. New rows land at the ends of their trees, so that a cache of 16 MiB is as fast as a
 * larger one, which a large execution would fill.
 */
export function writerSettings(options: { readonly durable: boolean }): string {
  return `
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${options.durable ? "FULL" : "OFF"};
    PRAGMA cache_size = -16384;
    PRAGMA temp_store = MEMORY;
    PRAGMA wal_autocheckpoint = 4000;
  `;
}

export const READER_SETTINGS = "PRAGMA query_only = ON; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;";

/** How long to wait for a lock that another process (a backup, a shell) holds on the database. */
export const BUSY_TIMEOUT_MS = 5_000;
