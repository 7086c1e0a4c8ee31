import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import plugin from "./index.ts";

const DRIVERS = [
  "postgresql",
  "mysql",
  "mariadb",
  "sqlserver",
  "hana",
  "sqlite",
  "duckdb",
  "redshift",
  "clickhouse",
  "druid",
  "snowflake",
  "trino",
  "pinot",
];

test("every driver has its types", () => {
  const types = plugin.definitions.map(({ type }) => type.replace("io.kestra.plugin.jdbc.", ""));
  expect(types.toSorted()).toEqual(
    [
      ...DRIVERS.flatMap((driver) => ["Query", "Queries", "Trigger"].map((kind) => `${driver}.${kind}`)),
      "postgresql.Batch",
      "postgresql.CopyIn",
      "postgresql.CopyOut",
      "mysql.Batch",
      "sqlserver.Batch",
      "io.kestra.plugin.microsoft.fabric.warehouse.Query",
      "clickhouse.BulkInsert",
    ].toSorted(),
  );
});

const QUERY = "afterSQL fetch fetchOne fetchSize fetchType parameters sql store";
const PLACE = "connectionPoolSize connectionPooling password timeZoneId url username";
const TLS = "ssl sslCert sslKey sslKeyPassword sslMode sslRootCert";
const ENCRYPTION = "encrypt hostNameInCertificate trustServerCertificate trustStore trustStorePassword";
const SNOWFLAKE = "database privateKey privateKeyPassword queryTag role schema warehouse";
const LOAD =
  "chunk columns from inputHandling localBufferMaxBytes maxRetries resumeOnRetry retryBackoff retryScope sql table";

test.each([
  ["postgresql.Query", PLACE, QUERY, TLS, "outputFiles"],
  ["postgresql.Queries", PLACE, QUERY, TLS, "outputFiles transaction"],
  ["postgresql.Trigger", PLACE, QUERY, TLS, "interval"],
  ["postgresql.Batch", PLACE, LOAD, TLS],
  ["mysql.Query", PLACE, QUERY, "inputFile outputFiles"],
  ["mysql.Trigger", PLACE, QUERY, "interval"],
  ["mysql.Batch", PLACE, LOAD],
  ["mariadb.Queries", PLACE, QUERY, "inputFile outputFiles transaction"],
  ["hana.Query", PLACE, QUERY, "outputFiles"],
  ["hana.Queries", PLACE, QUERY, "outputFiles transaction"],
  ["hana.Trigger", PLACE, QUERY, "interval"],
  ["sqlserver.Query", PLACE, QUERY, ENCRYPTION, "outputFiles"],
  ["sqlserver.Queries", PLACE, QUERY, ENCRYPTION, "outputFiles transaction"],
  ["sqlserver.Trigger", PLACE, QUERY, ENCRYPTION, "interval"],
  ["sqlserver.Batch", PLACE, LOAD, ENCRYPTION],
  ["sqlite.Query", PLACE, QUERY, "outputDbFile outputFiles sqliteFile"],
  ["sqlite.Trigger", PLACE, QUERY, "interval outputDbFile sqliteFile"],
  ["duckdb.Query", PLACE, QUERY, "communityExtensions databaseUri inputFiles outputDbFile outputFiles"],
  ["duckdb.Trigger", PLACE, QUERY, "communityExtensions databaseUri inputFiles interval outputDbFile outputFiles"],
  ["redshift.Query", PLACE, QUERY, "outputFiles"],
  ["druid.Query", PLACE, QUERY, "outputFiles"],
  ["snowflake.Query", PLACE, QUERY, SNOWFLAKE, "outputFiles"],
  ["snowflake.Queries", PLACE, QUERY, SNOWFLAKE, "outputFiles transaction"],
  ["snowflake.Trigger", PLACE, QUERY, SNOWFLAKE, "interval"],
  ["trino.Query", PLACE, QUERY, "outputFiles"],
  ["trino.Trigger", PLACE, QUERY, "interval"],
  ["pinot.Query", PLACE, QUERY, "outputFiles"],
  ["clickhouse.Queries", PLACE, QUERY, "outputFiles transaction"],
  ["clickhouse.Trigger", PLACE, QUERY, "interval"],
  ["clickhouse.BulkInsert", PLACE, LOAD],
])("%s has the properties that flows write", (name, ...groups) => {
  const { properties } = plugin.definitions.find(({ type }) => type.endsWith(`.${name}`))!;
  expect(Object.keys(properties.shape).toSorted()).toEqual(groups.join(" ").split(" ").toSorted());
});

test("the manifest loads none of the libraries", () => {
  const source = `await import(${JSON.stringify(import.meta.resolve("./index.ts"))});
    const { createRequire } = await import("node:module");
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(loaded.filter((path) => /node_modules/.test(path) && /\\/(pg|mysql2|tedious|hdb|@duckdb|pg-)/.test(path)).length);`;
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" });
  expect(printed.trim()).toBe("0");
});
