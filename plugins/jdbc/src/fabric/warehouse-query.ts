import { defineTask, fetchType, rowOutputs, secret, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import type { DatabaseContext, Driver } from "../connection.ts";
import type { SqlServerAddress } from "../drivers/sqlserver/address.ts";
import { connectSqlServer } from "../drivers/sqlserver/connect.ts";
import { sqlServerConnection } from "../drivers/sqlserver/connection.ts";
import { sqlserver } from "../drivers/sqlserver/driver.ts";
import type { QueryProperties } from "../properties.ts";
import { report } from "../query.ts";
import { runStatements } from "../run-statements.ts";
import { databaseToken, type Principal } from "./entra-token.ts";

/** Where Fabric is. */
export interface FabricPlace {
  /** Origin of Microsoft Entra. */
  readonly authority: string;
  readonly environment: NodeJS.ProcessEnv;
  /** What stands behind the name of an endpoint. */
  readonly domain: string;
  readonly port: number;
  /** Certificates that servers are trusted for, as PEM; those that Node trusts where there are none. */
  readonly certificates?: string;
}

const MICROSOFT: FabricPlace = {
  authority: "https://login.microsoftonline.com",
  environment: process.env,
  domain: ".datawarehouse.fabric.microsoft.com",
  port: 1433,
};
/** Warehouses that rest take a while. */
const CONNECT_MS = 60_000;
const FETCH_SIZE = 10_000;
/** A name of a host, or its first part. */
const ENDPOINT = /^[a-z\d](?:[a-z\d.-]*[a-z\d])?$/iu;

interface WarehouseProperties extends Principal {
  readonly sqlEndpointId: string;
  readonly warehouseId: string;
  readonly sql: string;
  readonly fetchType: QueryProperties["fetchType"];
}

/** `io.kestra.plugin.microsoft.fabric.warehouse.Query`: one statement on a warehouse of Fabric, which speaks the protocol of SQL Server. */
export function warehouseQuery(place: FabricPlace = MICROSOFT) {
  const type = "io.kestra.plugin.microsoft.fabric.warehouse.Query";
  return defineTask({
    type,
    title: "Run one SQL statement on a warehouse of Microsoft Fabric",
    description:
      "A service principal comes in, over an encrypted connection. The statement counts as soon as it is done.",
    properties: () =>
      z.object({
        tenantId: text()
          .optional()
          .describe("Tenant of the service principal. Default: AZURE_TENANT_ID of the worker."),
        clientId: text().optional().describe("Who connects. Default: AZURE_CLIENT_ID of the worker."),
        clientSecret: secret()
          .optional()
          .describe("Secret of the service principal. Default: AZURE_CLIENT_SECRET of the worker."),
        sqlEndpointId: text().describe(
          "Name of the SQL endpoint: what stands before `.datawarehouse.fabric.microsoft.com` in its connection string, or all of that host.",
        ),
        warehouseId: text().describe("The warehouse, by its name or its id."),
        sql: text().describe("One SQL statement, or a script whose variables last to its end."),
        fetchType: fetchType("STORE"),
      }),
    outputs: () => z.object(rowOutputs()),
    examples: [
      {
        title: "Put all rows into a file",
        code: `id: revenue\ntype: ${type}\ntenantId: "{{ secret('FABRIC_TENANT_ID') }}"\nclientId: "{{ secret('FABRIC_CLIENT_ID') }}"\nclientSecret: "{{ secret('FABRIC_CLIENT_SECRET') }}"\nsqlEndpointId: abcdefgh-ijklmnop\nwarehouseId: sales\nsql: SELECT product, sum(revenue) AS revenue FROM orders GROUP BY product\n`,
      },
    ],
    async run(context) {
      const written = context.properties as unknown as WarehouseProperties;
      const properties = queryProperties(written);
      const done = await runStatements({ ...context, properties }, warehouse(written, place), {
        single: true,
        advice: "Give each a task of its own, or begin with a DECLARE, which makes one of them.",
        transaction: false,
      });
      report(context, properties, done);
      return { ...(done.results[0] ?? { size: 0 }) };
    },
  });
}

/** A driver for this one warehouse. */
function warehouse(written: WarehouseProperties, place: FabricPlace): Driver {
  return {
    ...sqlserver,
    open: async (_properties, context) => {
      const { signal, log } = context;
      const address = await addressOf(written, place, context);
      const session = await connectSqlServer(address, { signal, onNotice: (note) => log.debug(note) });
      return sqlServerConnection(session, { zone: undefined, warn: (text) => log.warn(text) });
    },
  };
}

async function addressOf(
  written: WarehouseProperties,
  { authority, environment, domain, port, certificates }: FabricPlace,
  { signal, mask }: DatabaseContext,
): Promise<SqlServerAddress> {
  const { sqlEndpointId, warehouseId } = written;
  if (!ENDPOINT.test(sqlEndpointId))
    throw new TaskFailure(
      `"${sqlEndpointId}" is no name of a SQL endpoint: write what stands before ${domain} in its connection string.`,
    );
  const accessToken = await databaseToken(written, { authority, environment, signal });
  mask?.(accessToken);
  return {
    host: sqlEndpointId.includes(".") ? sqlEndpointId : sqlEndpointId + domain,
    port,
    instance: undefined,
    database: warehouseId,
    login: { accessToken },
    ways: ["verified"],
    hostNameInCertificate: undefined,
    authorities: certificates,
    applicationName: "capstan",
    readOnly: false,
    connectMsMax: CONNECT_MS,
  };
}

/** The properties that queries have elsewhere. */
function queryProperties({ sql, fetchType: how }: WarehouseProperties): QueryProperties {
  return { url: "", sql, fetchType: how, fetch: false, fetchOne: false, store: false, fetchSize: FETCH_SIZE };
}
