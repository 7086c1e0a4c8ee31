import { afterAll, beforeAll, describe } from "vitest";
import { testDriver } from "../../testing/driver-conformance.ts";
import { type SqlServer, startSqlServer } from "../../testing/sqlserver/server.ts";

let server: SqlServer;
beforeAll(async () => {
  server = await startSqlServer();
});
afterAll(() => server[Symbol.asyncDispose]());

describe("sqlserver, on its stand-in with DuckDB beneath", () => {
  testDriver({
    name: "sqlserver",
    place: () => server.place,
    series: (count) => `SELECT CAST(value AS INT) AS i FROM GENERATE_SERIES(1, ${count})`,
    breaking: "SELECT CAST(CASE WHEN value = 200000 THEN 'x' ELSE '1' END AS INT) AS v FROM GENERATE_SERIES(1, 300000)",
    hasBatch: true,
  });
});
