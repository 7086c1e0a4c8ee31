import { TaskFailure } from "@capstan/sdk";
import type { Connection as Tds, ConnectionConfiguration, Request } from "tedious";
import { DatabaseFailure } from "../../connection.ts";
import type { Encryption, SqlServerAddress } from "./address.ts";
import { reasonOf } from "./failure.ts";
import { type Library, loadTedious } from "./library.ts";

/** A session of the server. */
export interface SqlServerSession extends AsyncDisposable {
  readonly library: Library;
  readonly tds: Tds;
  /** Says which statement is to be ended when the session is. Throws when that has begun. */
  watch(request: Request): void;
}

/** How long the server may take to hear that a statement is ended, in milliseconds. */
const CANCEL_MS_MAX = 5_000;
/** Size of packets, in bytes, as the server's own tools have it for much data. */
const PACKET_BYTES = 16_384;

export interface SessionOptions {
  readonly signal: AbortSignal;
  readonly onNotice?: (text: string) => void;
}

/** Connects in the first of the ways that the server takes. When the signal aborts, what runs is ended on the server, and the session. Throws `TaskFailure`. */
export async function connectSqlServer(address: SqlServerAddress, options: SessionOptions): Promise<SqlServerSession> {
  const library = await loadTedious();
  let reason: unknown;
  for (const way of address.ways) {
    options.signal.throwIfAborted();
    const tds = new library.Connection(configOf(address, way));
    try {
      await connected(tds, options.signal);
      tds.on("infoMessage", ({ message }) => options.onNotice?.(message));
      return sessionOf(library, tds, options.signal);
    } catch (error) {
      options.signal.throwIfAborted();
      reason = error;
      if ((error as { code?: string }).code !== "EENCRYPT") break;
    }
  }
  throw refusedConnection(address, reason);
}

function configOf(address: SqlServerAddress, way: Encryption): ConnectionConfiguration {
  const { login, instance, port, database, hostNameInCertificate, authorities } = address;
  return {
    server: address.host,
    authentication:
      "accessToken" in login
        ? { type: "azure-active-directory-access-token", options: { token: login.accessToken } }
        : { type: "default", options: { userName: login.user, password: login.password } },
    options: {
      ...(instance === undefined ? { port } : { instanceName: instance }),
      ...(database !== undefined && { database }),
      ...(hostNameInCertificate !== undefined && { serverName: hostNameInCertificate }),
      ...(authorities !== undefined && { cryptoCredentialsDetails: { ca: authorities } }),
      encrypt: way === "strict" ? "strict" : way !== "plain",
      trustServerCertificate: way === "encrypted",
      appName: address.applicationName,
      readOnlyIntent: address.readOnly,
      connectTimeout: address.connectMsMax,
      cancelTimeout: CANCEL_MS_MAX,
      // The task's `timeout` says how long a statement may take.
      requestTimeout: 0,
      maxRetriesOnTransientErrors: 0,
      packetSize: PACKET_BYTES,
      useUTC: true,
    },
  };
}

async function connected(tds: Tds, signal: AbortSignal): Promise<void> {
  tds.on("error", () => undefined); // Whoever waits for an answer is told.
  const giveUp = () => tds.close();
  signal.addEventListener("abort", giveUp);
  try {
    await new Promise<void>((resolve, reject) => {
      tds.once("end", () => reject(new Error("the server closed it")));
      tds.connect((error) => (error === undefined || error === null ? resolve() : reject(error)));
    });
    signal.throwIfAborted();
  } catch (error) {
    tds.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

function sessionOf(library: Library, tds: Tds, signal: AbortSignal): SqlServerSession {
  let running: Request | undefined;
  let ended: Promise<void> | undefined;
  const abort = () => {
    ended ??= endStatement(running).finally(() => tds.close());
  };
  signal.addEventListener("abort", abort);
  return {
    library,
    tds,
    watch: (request) => {
      signal.throwIfAborted();
      running = request;
      request.once("requestCompleted", () => {
        running = undefined;
      });
    },
    [Symbol.asyncDispose]: async () => {
      signal.removeEventListener("abort", abort);
      await ended;
      await closed(tds);
    },
  };
}

/** Resolves when the server has ended a statement, or could not be reached. */
async function endStatement(request: Request | undefined): Promise<void> {
  if (request === undefined) return;
  await new Promise<void>((resolve) => {
    request.once("requestCompleted", () => resolve());
    request.cancel();
  });
}

async function closed(tds: Tds): Promise<void> {
  if (tds.closed) return;
  await new Promise<void>((resolve) => {
    tds.once("end", () => resolve());
    tds.close();
  });
}

function refusedConnection({ host, instance, port, database, login }: SqlServerAddress, error: unknown): TaskFailure {
  if (error instanceof TaskFailure) return error;
  const place = `${host.includes(":") ? `[${host}]` : host}${instance === undefined ? `:${port}` : `\\${instance}`}`;
  const who = "user" in login ? login.user : "a principal of Entra";
  const { code } = error as { code?: string };
  return new DatabaseFailure(
    `There is no connection to ${place}/${database ?? ""} as ${who}: ${reasonOf(error as Error)}. Check \`url\` and who connects.`,
    { cause: error, remedy: code === "ELOGIN" || code === "EENCRYPT" ? "none" : "connect-again" },
  );
}
