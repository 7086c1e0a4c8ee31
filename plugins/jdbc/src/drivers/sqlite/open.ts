import { createReadStream } from "node:fs";
import { basename } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { placeInside } from "@capstan/sdk";
import type { Connection, ConnectionProperties, DatabaseContext } from "../../connection.ts";
import { timeZoneOf } from "../../values/date-times.ts";
import { copyDatabase, type DatabaseFile, databaseFile } from "../database-file.ts";
import { sqliteConnection, sqliteFailure } from "./connection.ts";

type SqliteProperties = ConnectionProperties & {
  readonly sqliteFile?: string | undefined;
  readonly outputDbFile?: boolean;
};

/** Opens a database of one file, or one in memory. Throws `TaskFailure`. */
export async function openSqlite(properties: SqliteProperties, context: DatabaseContext): Promise<Connection> {
  const { url, sqliteFile, outputDbFile = false } = properties;
  timeZoneOf(properties.timeZoneId); // No column of it has points in time; a mistake is one all the same.
  const needsFile = sqliteFile !== undefined || outputDbFile;
  const file = await databaseFile(url, { scheme: "sqlite", example: "jdbc:sqlite:shop.db", needsFile }, context);
  if (sqliteFile !== undefined) await copyDatabase(sqliteFile, file, context);
  const folder = await context.workingDirectory();
  const database = await opened(file, folder);
  const connection = sqliteConnection(database, context.signal);
  if (!outputDbFile) return connection;
  return {
    ...connection,
    finish: async () => {
      await connection[Symbol.asyncDispose]();
      const name = basename(file.path).replace(/^\.capstan-/u, "");
      return { databaseUri: await context.files.put(name, createReadStream(file.path)) };
    },
  };
}

async function opened({ path, readOnly }: DatabaseFile, folder: string): Promise<DatabaseSync> {
  const { DatabaseSync: Database, constants } = await import("node:sqlite");
  let database: DatabaseSync;
  try {
    database = new Database(path, { readOnly, timeout: 0 });
  } catch (error) {
    throw sqliteFailure(error);
  }
  // Other databases are those of the working folder as well.
  database.setAuthorizer((action, name) => {
    if (action !== constants.SQLITE_ATTACH) return constants.SQLITE_OK;
    return isInside(folder, name) ? constants.SQLITE_OK : constants.SQLITE_DENY;
  });
  return database;
}

/** A database in memory has no name. */
function isInside(folder: string, name: string | null): boolean {
  if (name === "" || name === ":memory:") return true;
  try {
    return name !== null && name.startsWith(folder) && placeInside(folder, name) === name;
  } catch {
    return false; // It leads out of the folder.
  }
}
