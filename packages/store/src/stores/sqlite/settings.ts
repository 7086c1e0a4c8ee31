/** 8 KiB pages hold several executions each; the cache is a limit, not a reservation. */
export function writerSettings(options: { readonly durable: boolean }): string {
  return `
    PRAGMA page_size = 8192;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${options.durable ? "FULL" : "OFF"};
    PRAGMA cache_size = -65536;
    PRAGMA temp_store = MEMORY;
    PRAGMA wal_autocheckpoint = 4000;
  `;
}

export const READER_SETTINGS = "PRAGMA query_only = ON; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;";

/** How long to wait for a lock that another process (a backup, a shell) holds on the database. */
export const BUSY_TIMEOUT_MS = 5_000;
