import { afterAll, beforeAll, describe } from "vitest";
import { testRows } from "../../testing/batch-conformance.ts";
import { type ClickhouseServer, startClickhouse } from "../../testing/clickhouse.ts";
import { testStatements } from "../../testing/driver-conformance.ts";

let server: ClickhouseServer;
beforeAll(async () => {
  server = await startClickhouse();
}, 600_000);
afterAll(() => server[Symbol.asyncDispose]());

describe("clickhouse, on its engine", () => {
  const driver = {
    name: "clickhouse",
    place: () => server.place,
    series: (count: number) => `SELECT number + 1 AS i FROM numbers(${count})`,
    breaking: "SELECT throwIf(number = 200000) AS v FROM system.numbers LIMIT 300000",
    hasBatch: true,
    countsUpdates: false,
    // Rows of tables with these settings can be updated as those of other databases.
    columns:
      "(id Int32, state Nullable(String), note Nullable(String)) ENGINE = MergeTree ORDER BY id SETTINGS enable_block_number_column = 1, enable_block_offset_column = 1",
  };
  testStatements(driver);
  testRows(driver, "BulkInsert");
});
