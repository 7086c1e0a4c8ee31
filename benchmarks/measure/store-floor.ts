import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const EXECUTIONS_PER_COMMIT = 100;

/**
 * Executions a second that one thread can write to SQLite here, with nothing else to do: for each, a row of 600 bytes with two
 * indexes and three task runs and three log rows of 250 bytes, a hundred executions to a durable commit.
 */
export function storeFloor(seconds = 3): number {
  const folder = mkdtempSync(join(tmpdir(), "capstan-floor-"));
  const database = new DatabaseSync(join(folder, "floor.db"));
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536");
    database.exec(`
      CREATE TABLE executions (id TEXT PRIMARY KEY, flow TEXT, start INTEGER, body TEXT) WITHOUT ROWID;
      CREATE INDEX by_start ON executions (start, id); CREATE INDEX by_flow ON executions (flow, start, id);
      CREATE TABLE task_runs (execution TEXT, number INTEGER, body TEXT, PRIMARY KEY (execution, number)) WITHOUT ROWID;
      CREATE TABLE logs (execution TEXT, number INTEGER, body TEXT, PRIMARY KEY (execution, number)) WITHOUT ROWID`);
    return commits(database, seconds);
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

function commits(database: DatabaseSync, seconds: number): number {
  const execution = database.prepare("INSERT INTO executions VALUES (?, ?, ?, ?)");
  const taskRun = database.prepare("INSERT INTO task_runs VALUES (?, ?, ?)");
  const log = database.prepare("INSERT INTO logs VALUES (?, ?, ?)");
  const [large, small] = ["x".repeat(600), "x".repeat(250)];
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < seconds * 1000) {
    database.exec("BEGIN");
    for (let index = 0; index < EXECUTIONS_PER_COMMIT; index += 1) {
      const id = `${Date.now()}-${randomUUID()}`;
      execution.run(id, "company.team.flow", Date.now(), large);
      for (let number = 0; number < 3; number += 1) {
        taskRun.run(id, number, small);
        log.run(id, number, small);
      }
    }
    database.exec("COMMIT");
    count += EXECUTIONS_PER_COMMIT;
  }
  return count / ((performance.now() - start) / 1000);
}
