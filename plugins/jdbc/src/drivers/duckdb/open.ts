import { createReadStream } from "node:fs";
import { basename, join } from "node:path";
import {
  type Outputs,
  OWN_FILES_PREFIX,
  parseJsonValue,
  placeInside,
  storeOutputFiles,
  TaskFailure,
  writeInputFiles,
} from "@capstan/sdk";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Connection, ConnectionProperties, DatabaseContext } from "../../connection.ts";
import { timeZoneOf } from "../../values/date-times.ts";
import { copyDatabase, type DatabaseFile, databaseFile } from "../database-file.ts";
import { duckdbConnection, duckdbFailure } from "./connection.ts";

type DuckdbProperties = ConnectionProperties & {
  readonly inputFiles?: unknown;
  readonly outputFiles?: readonly string[] | undefined;
  readonly databaseUri?: string | undefined;
  readonly outputDbFile?: boolean;
  readonly communityExtensions?: readonly string[];
};

/** Opens a database in memory, of one file, or at MotherDuck, with the files that the SQL wants. Throws `TaskFailure`. */
export async function openDuckdb(properties: DuckdbProperties, context: DatabaseContext): Promise<Connection> {
  const zone = timeZoneOf(properties.timeZoneId);
  const folder = await context.workingDirectory();
  const { inputFiles, outputFiles = [], databaseUri, outputDbFile = false } = properties;
  await writeInputFiles(folder, typeof inputFiles === "string" ? mapOf(inputFiles) : inputFiles, context.files);
  const file = await placeOf(properties, context);
  if (databaseUri !== undefined) await copyDatabase(databaseUri, file, context);
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(file.path, {
    ...(file.readOnly && { access_mode: "READ_ONLY" }),
    custom_user_agent: "capstan",
  }).catch((error: unknown) => {
    throw duckdbFailure(error);
  });
  const library = await instance.connect();
  const close = () => {
    library.closeSync();
    instance.closeSync();
  };
  try {
    await prepare(library, folder, properties.communityExtensions ?? ["ion"]);
  } catch (error) {
    close();
    throw duckdbFailure(error);
  }
  const connection = duckdbConnection(library, { close, zone, signal: context.signal });
  return {
    ...connection,
    variables: { workingDir: folder, outputFiles: pathsOf(folder, outputFiles) },
    finish: async () => {
      await connection[Symbol.asyncDispose]();
      return {
        ...(outputFiles.length > 0 && { outputFiles: await storeOutputFiles(folder, outputFiles, context.files) }),
        ...(outputDbFile && (await storedDatabase(file, context))),
      };
    },
  };
}

async function placeOf(properties: DuckdbProperties, context: DatabaseContext): Promise<DatabaseFile> {
  const { url, databaseUri, outputDbFile = false } = properties;
  const [, cloud, token] =
    /^(?:jdbc:)?duckdb:(md:[^?]*(?:\?.*?motherduck_token=([^&]*).*|\?.*)?)$/su.exec(url.trim()) ?? [];
  if (cloud === undefined) {
    const needsFile = databaseUri !== undefined || outputDbFile;
    return databaseFile(url, { scheme: "duckdb", example: "jdbc:duckdb:shop.db", needsFile }, context);
  }
  if (token !== undefined && token !== "") context.mask?.(token);
  return { path: cloud, readOnly: false };
}

async function storedDatabase({ path }: DatabaseFile, { files }: DatabaseContext): Promise<Outputs> {
  const name = basename(path).replace(new RegExp(`^${RegExp.escape(OWN_FILES_PREFIX)}`, "u"), "");
  return { databaseUri: await files.put(name, createReadStream(path)) };
}

/** Names of files without a folder are those of the working folder. */
async function prepare(library: DuckDBConnection, folder: string, extensions: readonly string[]): Promise<void> {
  await library.run(`SET file_search_path = ${literal(folder)}`);
  await library.run(`SET temp_directory = ${literal(join(folder, `${OWN_FILES_PREFIX}duckdb`))}`);
  for (const extension of extensions) {
    if (!/^\w+$/u.test(extension)) throw new TaskFailure(`"${extension}" is no name of an extension.`);
    if (extension === "ion") await library.run(READ_ION);
    else await library.run(`INSTALL ${extension} FROM community; LOAD ${extension}`);
  }
}

/** Files of rows are stored as JSON, which every reader of Ion takes as well. */
const READ_ION =
  "CREATE OR REPLACE TEMP MACRO read_ion(path) AS TABLE SELECT * FROM read_json(path, format = 'newline_delimited')";

function pathsOf(folder: string, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, placeInside(folder, join(folder, name))]));
}

function literal(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function mapOf(written: string): unknown {
  try {
    return parseJsonValue(written);
  } catch (error) {
    throw new TaskFailure("`inputFiles` must be a map of file names and contents, or JSON text of one.", {
      cause: error,
    });
  }
}
