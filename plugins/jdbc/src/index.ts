import { definePlugin } from "@capstan/sdk";
import { batchTask } from "./batch.ts";
import type { Driver } from "./connection.ts";
import { clickhouse } from "./drivers/clickhouse/driver.ts";
import { copyIn } from "./drivers/postgresql/copy-in.ts";
import { copyOut } from "./drivers/postgresql/copy-out.ts";
import { druid } from "./drivers/druid/driver.ts";
import { duckdb } from "./drivers/duckdb/driver.ts";
import { hana } from "./drivers/hana/driver.ts";
import { mariadb, mysql } from "./drivers/mysql/driver.ts";
import { pinot } from "./drivers/pinot/driver.ts";
import { postgresql, redshift } from "./drivers/postgresql/driver.ts";
import { snowflake } from "./drivers/snowflake/driver.ts";
import { sqlserver } from "./drivers/sqlserver/driver.ts";
import { sqlite } from "./drivers/sqlite/driver.ts";
import { trino } from "./drivers/trino/driver.ts";
import { warehouseQuery } from "./fabric/warehouse-query.ts";
import { queriesTask } from "./queries.ts";
import { queryTask } from "./query.ts";
import { queryTrigger } from "./trigger.ts";

const typesOf = (driver: Driver) => [queryTask(driver), queriesTask(driver), queryTrigger(driver)];

export default definePlugin({
  name: "jdbc",
  title: "SQL databases",
  category: "Databases",
  definitions: [
    ...typesOf(postgresql),
    batchTask(postgresql),
    copyIn,
    copyOut,
    ...typesOf(mysql),
    batchTask(mysql),
    ...typesOf(mariadb),
    ...typesOf(sqlserver),
    batchTask(sqlserver),
    warehouseQuery(),
    ...typesOf(hana),
    ...typesOf(sqlite),
    ...typesOf(duckdb),
    ...typesOf(redshift),
    ...typesOf(clickhouse),
    batchTask(clickhouse, "BulkInsert"),
    ...typesOf(druid),
    ...typesOf(snowflake),
    ...typesOf(trino),
    ...typesOf(pinot),
  ],
  testedWith: [
    { types: "io.kestra.plugin.jdbc.postgresql", kind: "real", what: "PostgreSQL" },
    { types: "io.kestra.plugin.jdbc.mariadb", kind: "real", what: "MariaDB" },
    { types: "io.kestra.plugin.jdbc.mysql", kind: "alike", what: "MariaDB" },
    {
      types: "io.kestra.plugin.jdbc.sqlserver",
      kind: "stand-in",
      what: "a server of Microsoft's open protocol (TDS 7.4) with DuckDB beneath, which another client (python-tds) gets along with",
    },
    {
      types: "io.kestra.plugin.microsoft.fabric.warehouse",
      kind: "stand-in",
      what: "the stand-in of SQL Server, which takes a token of Microsoft Entra, and a server that answers as Entra documents it",
    },
    {
      types: "io.kestra.plugin.jdbc.hana",
      kind: "stand-in",
      what: "a server of SAP's documented protocol with DuckDB beneath, which SAP's own client for Node.js gets along with",
    },
    { types: "io.kestra.plugin.jdbc.sqlite", kind: "real", what: "SQLite" },
    { types: "io.kestra.plugin.jdbc.duckdb", kind: "real", what: "DuckDB" },
    {
      types: "io.kestra.plugin.jdbc.clickhouse",
      kind: "real",
      what: "the engine of ClickHouse (chdb), behind its HTTP interface",
    },
    { types: "io.kestra.plugin.jdbc.druid", kind: "stand-in", what: "a server that answers as Druid documents it" },
    {
      types: "io.kestra.plugin.jdbc.snowflake",
      kind: "stand-in",
      what: "a server with DuckDB beneath, which Snowflake's own driver for Node.js gets along with",
    },
    {
      types: "io.kestra.plugin.jdbc.trino",
      kind: "stand-in",
      what: "a server with DuckDB beneath, which Trino's own client for Python gets along with",
    },
    {
      types: "io.kestra.plugin.jdbc.pinot",
      kind: "stand-in",
      what: "a server that answers as Pinot documents it, which the client pinotdb gets along with",
    },
    { types: "io.kestra.plugin.jdbc.redshift", kind: "alike", what: "PostgreSQL" },
  ],
});
