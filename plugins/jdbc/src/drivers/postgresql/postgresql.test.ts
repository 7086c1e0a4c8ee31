import { type PostgresCluster, startPostgresCluster } from "@capstan/store/test-kit";
import { afterAll, beforeAll, describe } from "vitest";
import { testDriver } from "../../testing/driver-conformance.ts";

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgresCluster();
});
afterAll(() => cluster.dispose());

describe.each(["postgresql", "redshift"])("%s, on PostgreSQL", (name) => {
  testDriver({
    name,
    place: () => ({ url: cluster.url.replace("postgres:", "jdbc:postgresql:") }),
    series: (count) => `SELECT i FROM generate_series(1, ${count}) AS i`,
    breaking: "SELECT 1 / (20000 - i) AS v FROM (SELECT generate_series(1, 30000) AS i) AS s",
    hasBatch: name === "postgresql",
  });
});
