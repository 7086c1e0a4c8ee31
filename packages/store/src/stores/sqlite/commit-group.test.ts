import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { execution, taskRun, TENANT } from "../../conformance/fixtures.ts";
import type { CommitUnit } from "../../store.ts";
import { commitGroup } from "./commit-group.ts";
import { openDatabase, type Database } from "./driver.ts";
import { appendUnit, emptyGroup } from "./group.ts";
import { readMigrations } from "../../sql/migrations.ts";
import { migrate } from "./migrations.ts";
import { prepareWriter, type PreparedWriter } from "./prepared-writer.ts";
import type { GroupMessage } from "./protocol.ts";
import { writerSettings } from "./settings.ts";

interface Bench {
  readonly path: string;
  readonly database: Database;
  readonly writer: PreparedWriter;
}

function setup(): Bench {
  const folder = mkdtempSync(join(tmpdir(), "capstan-group-"));
  const path = join(folder, "store.db");
  const database = openDatabase(path, { busyTimeoutMs: 0 });
  onTestFinished(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });
  database.exec(writerSettings({ durable: false }));
  migrate(database, readMigrations(new URL("./migrations/", import.meta.url)));
  return { path, database, writer: prepareWriter(database) };
}

function groupOf(units: readonly CommitUnit[]): GroupMessage {
  const group = emptyGroup();
  const sequence = { last: 0 };
  for (const unit of units) void appendUnit(group, unit, sequence);
  return { type: "group", values: group.values, ends: group.ends, sequence: sequence.last };
}

function small(id: string): CommitUnit {
  return { executions: [execution(id)], taskRuns: [taskRun(id, 0)] };
}

/** Needs many pages, and writes something small first. */
function large(id: string): CommitUnit {
  return { taskRuns: [taskRun(id, 0)], executions: [execution(id, { inputs: { text: "x".repeat(4_000_000) } })] };
}

function rowsOf(database: Database): string {
  const executions = database.all<{ id: string }>("SELECT id FROM executions ORDER BY id").map((row) => row.id);
  const runs = database.all<{ id: string }>("SELECT execution_id AS id FROM task_runs ORDER BY 1").map((row) => row.id);
  expect(runs).toEqual(executions);
  return executions.join(" ");
}

test("on a full disk the units that don't fit are refused whole, the others of the group are committed", () => {
  const { database, writer } = setup();
  const pages = database.get<{ page_count: number }>("PRAGMA page_count")!.page_count;
  database.exec(`PRAGMA max_page_count = ${pages + 100}`);
  const failures = commitGroup(writer, groupOf([small("a"), large("b"), small("c"), large("d")]));
  expect(failures.map(({ unit, error }) => [unit, error.code])).toEqual([
    [1, "store-full"],
    [3, "store-full"],
  ]);
  expect(rowsOf(database)).toBe("a c");
});

test("what was refused on a full disk is taken when there is room again", () => {
  const { database, writer } = setup();
  const pages = database.get<{ page_count: number }>("PRAGMA page_count")!.page_count;
  database.exec(`PRAGMA max_page_count = ${pages + 1}`);
  expect(commitGroup(writer, groupOf([large("a")])).map(({ error }) => error.code)).toEqual(["store-full"]);
  expect(rowsOf(database)).toBe("");
  database.exec("PRAGMA max_page_count = 1000000");
  expect(commitGroup(writer, groupOf([large("a"), small("b")]))).toEqual([]);
  expect(rowsOf(database)).toBe("a b");
});

test("a database that another process is writing to refuses units until that process is done", () => {
  const { path, database, writer } = setup();
  const other = openDatabase(path, { busyTimeoutMs: 0 });
  onTestFinished(() => other.close());
  other.exec("BEGIN IMMEDIATE");
  const failures = commitGroup(writer, groupOf([small("a"), small("b")]));
  expect(failures.map(({ unit, error }) => [unit, error.code])).toEqual([
    [0, "store-locked"],
    [1, "store-locked"],
  ]);
  other.exec("COMMIT");
  expect(commitGroup(writer, groupOf([small("a"), small("b")]))).toEqual([]);
  expect(rowsOf(database)).toBe("a b");
});

test("after I/O errors at the commit of the group each unit gets its own chance", () => {
  const { database, writer } = setup();
  let commits = 0;
  const failing: PreparedWriter = {
    ...writer,
    commit: () => {
      commits += 1;
      // The whole group, the group again, and the second unit alone.
      if (commits === 1 || commits === 2 || commits === 4) {
        throw Object.assign(new Error("disk I/O error"), { code: "ERR_SQLITE_ERROR", errcode: 778 });
      }
      writer.commit();
    },
  };
  const failures = commitGroup(failing, groupOf([small("a"), small("b"), small("c")]));
  expect(failures.map(({ unit, error }) => [unit, error.code])).toEqual([[1, "store-io"]]);
  expect(rowsOf(database)).toBe("a c");
});

test("when a unit's failure ends the transaction, the units before it are not lost", () => {
  const { database, writer } = setup();
  const refused = { code: "ERR_SQLITE_ERROR", errcode: 13 };
  const failing: PreparedWriter = {
    ...writer,
    apply: (values, start, end) => {
      writer.apply(values, start, end);
      if (!values.slice(start, end).includes("b")) return;
      // As SQLite does by itself when it can't even roll back a statement.
      writer.rollback();
      throw Object.assign(new Error("database or disk is full"), refused);
    },
  };
  const failures = commitGroup(failing, groupOf([small("a"), small("b"), small("c")]));
  expect(failures.map(({ unit, error }) => [unit, error.code])).toEqual([[1, "store-full"]]);
  expect(rowsOf(database)).toBe("a c");
});

test("a unit that breaks a rule is refused alone", () => {
  const { database, writer } = setup();
  const wrong = { ...small("b"), timers: [{ tenant: TENANT, executionId: "b", key: "k", at: 0.5 }] };
  const failures = commitGroup(writer, groupOf([small("a"), wrong, small("c")]));
  expect(failures.map(({ unit, error }) => [unit, error.code])).toEqual([[1, "store-invalid"]]);
  expect(rowsOf(database)).toBe("a c");
});
