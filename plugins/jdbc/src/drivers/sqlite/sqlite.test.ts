import { testDriver } from "../../testing/driver-conformance.ts";

testDriver({
  name: "sqlite",
  place: () => ({ url: "jdbc:sqlite:shop.db" }),
  series: (count) =>
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n`,
  breaking:
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT abs(CASE WHEN i < 20000 THEN i ELSE -9223372036854775807 - 1 END) AS v FROM n",
  hasBatch: false,
});
