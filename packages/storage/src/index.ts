export * from "./errors.ts";
export * from "./paths.ts";
export * from "./storage.ts";
export { createLocalStorage, type LocalStorageOptions } from "./storages/local/local-storage.ts";
export { createMemoryStorage, type MemoryStorageOptions } from "./storages/memory/memory-storage.ts";
export { FILES_PATH, WORKER_HEADER } from "./storages/http/paths.ts";
export { formatUri, NAME_BYTES_MAX, parseUri, PATH_BYTES_MAX } from "./uri.ts";
