import { once } from "node:events";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { TaskFailure } from "@capstan/sdk";
import type { Connection, ConnectionOptions, SslOptions } from "mysql2";
import { DatabaseFailure } from "../../connection.ts";
import { type Host, hostLabel } from "../../jdbc-url.ts";
import type { MysqlAddress, TlsMode } from "./address.ts";

/** A session of the server. */
export interface MysqlSession extends AsyncDisposable {
  readonly connection: Connection;
}

const KEEP_ALIVE_MS = 20_000;
/** How long the server may take to hear that a session is ended, in milliseconds. */
const KILL_MS_MAX = 5_000;

/**
 * Connects to the first host that answers. `readFile` gives what the server may read with LOAD DATA LOCAL. When the signal aborts, the session is ended on the
 * server, with what it runs. Throws `TaskFailure`.
 */
export async function connectMysql(
  address: MysqlAddress,
  { signal, readFile }: { readonly signal: AbortSignal; readonly readFile: (path: string) => Readable },
): Promise<MysqlSession> {
  let reason: unknown;
  for (const host of address.hosts) {
    for (const ssl of waysOf(address.tls)) {
      signal.throwIfAborted();
      const options = { ...optionsOf(address, host, ssl), infileStreamFactory: readFile };
      try {
        return sessionOf(await connected(options, signal), options, signal);
      } catch (error) {
        signal.throwIfAborted();
        reason = error;
        if ((error as { code?: string }).code !== "HANDSHAKE_NO_SSL_SUPPORT") break;
      }
    }
  }
  throw refusedConnection(address, reason);
}

/** Encrypted first, where it is free. */
function waysOf(mode: TlsMode): readonly (SslOptions | undefined)[] {
  switch (mode) {
    case "disabled":
      return [undefined];
    case "preferred":
      return [{ rejectUnauthorized: false }, undefined];
    case "required":
      return [{ rejectUnauthorized: false }];
    case "verify-ca":
      return [{ rejectUnauthorized: true, verifyIdentity: false }];
    case "verify-identity":
      return [{ rejectUnauthorized: true, verifyIdentity: true }];
    default:
      return mode satisfies never;
  }
}

function optionsOf(address: MysqlAddress, { host, port }: Host, ssl: SslOptions | undefined): ConnectionOptions {
  return {
    host,
    port,
    user: address.user,
    ...(address.password !== undefined && { password: address.password }),
    ...(address.database !== undefined && { database: address.database }),
    ...(ssl !== undefined && { ssl }),
    connectTimeout: address.connectMsMax,
    enableKeepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    charset: "utf8mb4",
    rowsAsArray: true,
    // All that a JavaScript value could change comes as a text.
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    jsonStrings: true,
  };
}

async function connected(options: ConnectionOptions, signal: AbortSignal): Promise<Connection> {
  const { createConnection } = await import("mysql2");
  const connection = createConnection(options);
  connection.on("error", () => undefined); // Whoever waits for an answer is told.
  const giveUp = () => connection.destroy();
  signal.addEventListener("abort", giveUp);
  try {
    await Promise.race([
      new Promise<void>((resolve, reject) => {
        connection.connect((error) => (error === null || error === undefined ? resolve() : reject(error)));
      }),
      abortOf(signal),
    ]);
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

async function abortOf(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, "abort");
  throw signal.reason;
}

function sessionOf(connection: Connection, options: ConnectionOptions, signal: AbortSignal): MysqlSession {
  let killed: Promise<void> | undefined;
  const abort = () => {
    killed ??= killSession(connection.threadId, options).finally(() => {
      // Those who wait for an answer hear of an error alone, not of an end that was wanted.
      streamOf(connection).destroy(new Error("it was ended on purpose"));
    });
  };
  signal.addEventListener("abort", abort);
  return {
    connection,
    [Symbol.asyncDispose]: async () => {
      signal.removeEventListener("abort", abort);
      await killed;
      connection.destroy();
    },
  };
}

/** The library's own types don't show it; TLS puts another one in its place. */
function streamOf(connection: Connection): Socket {
  return (connection as unknown as { readonly stream: Socket }).stream;
}

/** Ends a session on the server, from a connection of its own; resolves when that is done, or can't be. */
async function killSession(threadId: number, options: ConnectionOptions): Promise<void> {
  try {
    const late = AbortSignal.timeout(KILL_MS_MAX);
    const other = await connected(options, late);
    await new Promise<void>((resolve) => {
      late.addEventListener("abort", () => resolve());
      other.query(`KILL ${threadId}`, () => resolve());
    });
    other.destroy();
  } catch {
    // The session ends when the server finds its connection closed.
  }
}

function refusedConnection({ hosts, database = "", user }: MysqlAddress, error: unknown): TaskFailure {
  if (error instanceof TaskFailure) return error;
  const { message, code = "", sqlState } = error as Error & { readonly code?: string; readonly sqlState?: string };
  const why = message === "" ? code : message;
  return new DatabaseFailure(
    `There is no connection to ${hosts.map(hostLabel).join(", ")}/${database} as ${user}: ${why}. Check \`url\` and who connects.`,
    {
      cause: error,
      remedy: sqlState?.startsWith("28") === true || sqlState?.startsWith("42") === true ? "none" : "connect-again",
    },
  );
}
