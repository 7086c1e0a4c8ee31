import type { Connection, ConnectionProperties, DatabaseContext, LoadConnection } from "../../connection.ts";
import { timeZoneOf } from "../../values/date-times.ts";
import { type EncryptionProperties, sqlServerAddress } from "./address.ts";
import { connectSqlServer, type SqlServerSession } from "./connect.ts";
import { sqlServerConnection, sqlServerLoad } from "./connection.ts";

type Properties = ConnectionProperties & EncryptionProperties;

/** Connects to SQL Server, for queries. Throws `TaskFailure`. */
export async function openSqlServer(properties: Properties, context: DatabaseContext): Promise<Connection> {
  const zone = timeZoneOf(properties.timeZoneId);
  const warn = (text: string) => context.log.warn(text);
  return sqlServerConnection(await connect(properties, context), { zone, warn });
}

/** The same for loads. */
export async function openSqlServerLoad(properties: Properties, context: DatabaseContext): Promise<LoadConnection> {
  timeZoneOf(properties.timeZoneId);
  return sqlServerLoad(await connect(properties, context));
}

function connect(properties: Properties, context: DatabaseContext): Promise<SqlServerSession> {
  const { signal, log } = context;
  return connectSqlServer(sqlServerAddress(properties, context), { signal, onNotice: (text) => log.debug(text) });
}
