export * from "./errors.ts";
export * from "./members.ts";
export * from "./store.ts";
export { leastIdAt } from "./id-times.ts";
export { lineMatcher } from "./log-lines.ts";
export { passesAll } from "./text-conditions.ts";
export {
  createMemoryStore,
  type MemorySnapshot,
  type MemoryStore,
  type MemoryStoreOptions,
} from "./stores/memory/memory-store.ts";
export { createSqliteStore, type SqliteStoreOptions } from "./stores/sqlite/sqlite-store.ts";
export { openSqliteTransfer } from "./stores/sqlite/sqlite-transfer.ts";
export * from "./transfer/transfer.ts";
