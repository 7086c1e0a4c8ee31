import { parentPort, workerData } from "node:worker_threads";
import { openDatabase, type Database } from "./driver.ts";
import type { FromReader, ReaderOptions, ToReader } from "./protocol.ts";
import { SCANS } from "./scans.ts";
import { BUSY_TIMEOUT_MS, READER_SETTINGS } from "./settings.ts";
import { toPlainError } from "./sqlite-errors.ts";

/** The thread that scans: answers one query after the other until it is terminated. */
const port = parentPort!;
const { path } = workerData as ReaderOptions;
const database = openDatabase(path, { readOnly: true, busyTimeoutMs: BUSY_TIMEOUT_MS });
database.exec(READER_SETTINGS);
port.on("message", (message: ToReader) => port.postMessage(answer(database, message)));

/** All statements of a query see one snapshot. */
function answer(database: Database, { name, parameters }: ToReader): FromReader {
  try {
    database.exec("BEGIN");
    const query = SCANS[name] as (database: Database, ...parameters: readonly unknown[]) => unknown;
    return { type: "result", result: query(database, ...parameters) };
  } catch (error) {
    return { type: "failed", error: toPlainError(error) };
  } finally {
    if (database.inTransaction()) database.exec("ROLLBACK");
  }
}
