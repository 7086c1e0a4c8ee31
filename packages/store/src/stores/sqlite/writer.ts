import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { StoreError } from "../../errors.ts";
import { commitGroup } from "./commit-group.ts";
import { openDatabase } from "./driver.ts";
import { takeWriterLock } from "./lock.ts";
import { readMigrations } from "../../sql/migrations.ts";
import { refuseUnfinished, UNFINISHED_SQL } from "../../transfer/unfinished.ts";
import { migrate, refuseForeign } from "./migrations.ts";
import { prepareWriter } from "./prepared-writer.ts";
import type { FromWriter, ToWriter, WriterOptions } from "./protocol.ts";
import { BUSY_TIMEOUT_MS, writerSettings } from "./settings.ts";
import { toPlainError } from "./sqlite-errors.ts";

/** The thread that writes: opens and migrates the database, then commits group after group until told to stop. */
const port = parentPort!;
const answer = (message: FromWriter): void => port.postMessage(message);

try {
  run(workerData as WriterOptions);
} catch (error) {
  answer({ type: "refused", error: toPlainError(error) });
  port.close();
}

function run({ path, temporary }: WriterOptions): void {
  mkdirSync(dirname(path), { recursive: true });
  refuseFolder(path);
  const lock = takeWriterLock(path);
  const database = openDatabase(path, { busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    refuseForeign(database);
    database.exec(writerSettings({ durable: !temporary }));
    migrate(database, readMigrations(new URL("./migrations/", import.meta.url)));
    refuseUnfinished(database.get(UNFINISHED_SQL));
  } catch (error) {
    database.close();
    lock.release();
    throw error;
  }
  const writer = prepareWriter(database);
  port.on("message", (message: ToWriter) => {
    switch (message.type) {
      case "group":
        answer({ type: "committed", failures: commitGroup(writer, message) });
        return;
      case "stop":
        database.close();
        lock.release();
        answer({ type: "stopped" });
        port.close();
        return;
      default:
        message satisfies never;
    }
  });
  const row = database.get<{ value: number }>("SELECT value FROM counters WHERE name = 'sequence'");
  answer({ type: "ready", sequence: row?.value ?? 0 });
}

/** SQLite's own words for it are those of any file it can't open. */
function refuseFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new StoreError("store-io", `${path} is a folder`);
}
