import { afterAll, beforeAll, describe } from "vitest";
import { testStatements, testTransactions } from "../../testing/driver-conformance.ts";
import { type HanaServer, startHana } from "../../testing/hana/server.ts";

let server: HanaServer;
beforeAll(async () => {
  server = await startHana();
});
afterAll(() => server[Symbol.asyncDispose]());

describe("hana, on its stand-in with DuckDB beneath", () => {
  const driver = {
    name: "hana",
    place: () => server.place,
    series: (count: number) => `SELECT CAST(range + 1 AS INTEGER) AS i FROM range(${count})`,
    breaking: "SELECT CAST(CASE WHEN range = 200000 THEN 'x' ELSE '1' END AS INTEGER) AS v FROM range(300000)",
    hasBatch: false,
  };
  testStatements(driver);
  testTransactions(driver);
});
