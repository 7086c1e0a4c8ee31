import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { OWN_FILES_PREFIX, TaskFailure } from "@capstan/sdk";
import type { Connection, ConnectionProperties, DatabaseContext, LoadConnection } from "../../connection.ts";
import { timeZoneOf } from "../../values/date-times.ts";
import { mysqlAddress, type MysqlFlavour } from "./address.ts";
import { connectMysql, type MysqlSession } from "./connect.ts";
import { ask, mysqlConnection, mysqlLoad } from "./connection.ts";

type MysqlProperties = ConnectionProperties & { readonly inputFile?: string | undefined };

/** Connects to a server of the protocol of MySQL, for queries. Throws `TaskFailure`. */
export async function openMysql(
  properties: MysqlProperties,
  flavour: MysqlFlavour,
  context: DatabaseContext,
): Promise<Connection> {
  const { session, clock, inputFile } = await connect(properties, flavour, context);
  return { ...mysqlConnection(session, clock), variables: { inputFile } };
}

/** The same for loads. */
export async function openMysqlLoad(
  properties: ConnectionProperties,
  flavour: MysqlFlavour,
  context: DatabaseContext,
): Promise<LoadConnection> {
  const { session, clock } = await connect(properties, flavour, context);
  return mysqlLoad(session, clock);
}

async function connect(properties: MysqlProperties, flavour: MysqlFlavour, context: DatabaseContext) {
  const zone = timeZoneOf(properties.timeZoneId);
  const address = mysqlAddress(properties, flavour, context);
  const inputFile = properties.inputFile === undefined ? undefined : await copyOf(properties.inputFile, context);
  const readFile = (path: string) => (path === inputFile ? createReadStream(path) : refusal(path));
  const session = await connectMysql(address, { signal: context.signal, readFile });
  try {
    return { session, clock: { zone, session: await sessionZone(session) }, inputFile };
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}

async function copyOf(address: string, { files, signal, workingDirectory }: DatabaseContext): Promise<string> {
  const folder = await mkdtemp(join(await workingDirectory(), `${OWN_FILES_PREFIX}input-`));
  const path = join(folder, "input");
  await pipeline(await files.read(address), createWriteStream(path), { signal });
  return path;
}

/** The server may ask for any file of this machine. */
function refusal(path: string): Readable {
  const failure = new TaskFailure(
    `LOAD DATA LOCAL asks for the file ${path}, and only that of \`inputFile\` is given. Write '{{ inputFile }}' for it.`,
  );
  return new Readable({ read: (): void => undefined, construct: (done) => done(failure) });
}

/** The time zone that TIMESTAMPs come in; undefined where the server has but an abbreviation for it. */
async function sessionZone(session: MysqlSession): Promise<string | undefined> {
  const { answer } = await ask(session.connection, { sql: "SELECT @@session.time_zone, @@system_time_zone" });
  const [[zone = "", system = ""] = []] = answer as readonly string[][];
  const name = zone === "SYSTEM" ? system : zone;
  try {
    // Abbreviations such as EST are zones for some, but not those that the server means.
    return /^(?:UTC|GMT|[+-]\d{2}:\d{2}|.+\/.+)$/u.test(name) ? timeZoneOf(name) : undefined;
  } catch {
    return undefined;
  }
}
