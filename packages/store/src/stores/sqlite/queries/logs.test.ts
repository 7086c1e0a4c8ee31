import { expect, onTestFinished, test } from "vitest";
import { line, logBatch, T0, TENANT } from "../../../conformance/fixtures.ts";
import type { LogPlace } from "../../../store.ts";
import { commitGroup } from "../commit-group.ts";
import { type Database, openDatabase } from "../driver.ts";
import { appendUnit, emptyGroup } from "../group.ts";
import { readMigrations } from "../../../sql/migrations.ts";
import { migrate } from "../migrations.ts";
import { prepareWriter } from "../prepared-writer.ts";
import { searchLogs } from "./logs.ts";

const BATCHES = 1000;
const LINES_PER_BATCH = 20;
const FILTER = { tenant: TENANT, executionId: "e" };

/** One execution with a long log, and how many batches were read of it with their lines. */
async function longLog() {
  const database = openDatabase(":memory:", { busyTimeoutMs: 0 });
  onTestFinished(() => database.close());
  migrate(database, readMigrations(new URL("../migrations/", import.meta.url)));
  const group = emptyGroup();
  const logs = Array.from({ length: BATCHES }, (_, number) => {
    const times = Array.from({ length: LINES_PER_BATCH }, (_line, place) => number * 10 + place);
    return logBatch({ executionId: "e", lines: times.map((time) => line(time, `${number} ${time}`)) });
  });
  void appendUnit(group, { logs }, { last: 0 });
  commitGroup(prepareWriter(database), {
    type: "group",
    values: group.values,
    ends: group.ends,
    sequence: group.sequence,
  });
  const counter = { read: 0 };
  const count = (row: unknown): void => {
    if (typeof row === "object" && row !== null && "lines" in row) counter.read += 1;
  };
  const watched: Database = {
    ...database,
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the type of the contract
    get: <Row>(sql: string, values?: Parameters<Database["get"]>[1]) => {
      const row = database.get<Row>(sql, values);
      count(row);
      return row;
    },
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the type of the contract
    iterate: function* <Row>(sql: string, values?: Parameters<Database["iterate"]>[1]) {
      for (const row of database.iterate<Row>(sql, values)) {
        count(row);
        yield row;
      }
    },
  };
  return { database: watched, counter };
}

test("all pages of a log together read each of its batches about once", async () => {
  const { database, counter } = await longLog();
  let end: LogPlace | undefined;
  let lines = 0;
  for (;;) {
    const page = { offset: 0, limit: 200, uncounted: true, ...(end !== undefined && { after: end }) };
    const { rows, ...found } = searchLogs(database, FILTER, page);
    lines += rows.length;
    if (rows.length < page.limit) break;
    end = found.end;
  }
  expect(lines).toBe(BATCHES * LINES_PER_BATCH);
  expect(counter.read).toBeLessThan(BATCHES * 1.6);
});

test("the newest lines are read without those of the batches that one of them may overlap", async () => {
  const { database, counter } = await longLog();
  const sort = [{ key: "timestamp", descending: true }] as const;
  const { rows } = searchLogs(database, FILTER, { offset: 0, limit: 10, uncounted: true, sort });
  const last = (BATCHES - 1) * 10;
  expect(rows.map(({ time }) => time)).toEqual(Array.from({ length: 10 }, (_, place) => T0 + last + 19 - place));
  expect(counter.read).toBeLessThan(4);
});

test.each([true, false])("the first page of a log reads what it shows, newest first: %s", async (descending) => {
  const { database, counter } = await longLog();
  const page = { offset: 0, limit: 100, sort: [{ key: "timestamp", descending }] } as const;
  const { rows, total } = searchLogs(database, FILTER, page);
  expect(rows).toHaveLength(100);
  expect(total).toBe(BATCHES * LINES_PER_BATCH);
  expect(counter.read).toBeLessThan(20);
});
