export { createHttpStorage, type HttpStorageOptions } from "./storages/http/http-storage.ts";
