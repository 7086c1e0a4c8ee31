import { expect, test } from "vitest";
import { clickhouse } from "../drivers/clickhouse/driver.ts";
import { rowlessInsert } from "./rowless-insert.ts";

test.each([
  ["INSERT INTO t (a, b) VALUES (?, ?)", "INSERT INTO t (a, b)", 2],
  ["insert into t values(?) ; -- all", "insert into t", 1],
  ["INSERT INTO t SETTINGS async_insert=1 VALUES ( ?, ?,? );", "INSERT INTO t SETTINGS async_insert=1", 3],
  ["INSERT INTO t SELECT a FROM input('a Int32');", "INSERT INTO t SELECT a FROM input('a Int32')", undefined],
])("%j takes rows", (sql, head, width) => {
  expect(rowlessInsert(sql, clickhouse.dialect)).toEqual({ head, width });
});

test.each([
  ["UPDATE t SET a = ?", "it begins with no INSERT"],
  ["", "it begins with no INSERT"],
  ["INSERT INTO t SELECT 1", "it has neither VALUES nor a SELECT"],
  ["INSERT INTO t VALUES (?, now())", "behind VALUES there is more"],
  ["INSERT INTO t VALUES (?), (?)", "behind VALUES there is more"],
  ["INSERT INTO t VALUES ('?')", "behind VALUES there is more"],
])("%j takes none", (sql, reason) => {
  expect(() => rowlessInsert(sql, clickhouse.dialect)).toThrow(reason);
});
