/** Where a server answers operations on files, each by its name behind this. */
export const FILES_PATH = "/api/v1/workers/files";
/** The header in which a worker says who it is. */
export const WORKER_HEADER = "x-capstan-worker";
