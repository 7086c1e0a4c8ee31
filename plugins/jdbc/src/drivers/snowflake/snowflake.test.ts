import { afterAll, beforeAll, describe } from "vitest";
import { testStatements, testTransactions } from "../../testing/driver-conformance.ts";
import { type SnowflakeServer, startSnowflake } from "../../testing/snowflake-server.ts";

let server: SnowflakeServer;
beforeAll(async () => {
  server = await startSnowflake();
});
afterAll(() => server[Symbol.asyncDispose]());

describe("snowflake, on its stand-in with DuckDB beneath", () => {
  const driver = {
    name: "snowflake",
    place: () => server.place,
    series: (count: number) => `SELECT range + 1 AS i FROM range(${count}) ORDER BY range`,
    breaking: "SELECT CASE WHEN range = 200000 THEN error('too far') ELSE 'x' END AS v FROM range(300000)",
    hasBatch: false,
  };
  testStatements(driver);
  testTransactions(driver);
});
