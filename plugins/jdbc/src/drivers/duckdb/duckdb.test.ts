import { testDriver } from "../../testing/driver-conformance.ts";

testDriver({
  name: "duckdb",
  place: () => ({ url: "jdbc:duckdb:shop.db" }),
  series: (count) => `SELECT i FROM range(1, ${count + 1}) AS t (i)`,
  breaking: "SELECT CASE WHEN i < 8000000 THEN i ELSE error('it breaks')::BIGINT END AS v FROM range(9000000) AS t (i)",
  hasBatch: false,
});
