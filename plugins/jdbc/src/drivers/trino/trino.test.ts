import { afterAll, beforeAll, describe } from "vitest";
import { testStatements } from "../../testing/driver-conformance.ts";
import { startTrino, type TrinoServer } from "../../testing/trino-server.ts";

let server: TrinoServer;
beforeAll(async () => {
  server = await startTrino();
});
afterAll(() => server[Symbol.asyncDispose]());

describe("trino, on its stand-in with DuckDB beneath", () => {
  testStatements({
    name: "trino",
    place: () => server.place,
    series: (count) => `SELECT range + 1 AS i FROM range(${count}) ORDER BY range`,
    breaking: "SELECT CASE WHEN range = 200000 THEN error('too far') ELSE 'x' END AS v FROM range(300000)",
    hasBatch: false,
  });
});
