import { type EventEmitter, once } from "node:events";
import { connect as connectSocket, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { TaskFailure } from "@capstan/sdk";
import type { Client, ClientConfig } from "pg";
import { DatabaseFailure } from "../../connection.ts";
import { type Host, hostLabel } from "../../jdbc-url.ts";
import type { PostgresAddress } from "./address.ts";
import type { Way } from "./tls.ts";

/** A session of the server. */
export interface PostgresSession extends AsyncDisposable {
  /** Throws when the session is being ended: a statement that came after the cancellation would run on. */
  readonly client: () => Client;
  /** Resolves when the connection is over. */
  readonly gone: Promise<void>;
  /** Silence that the network may have, in milliseconds; then the connection is lost. */
  loseAfterSilence(silenceMs: number): void;
}

export interface SessionOptions {
  readonly signal: AbortSignal;
  /** Whether statements leave before those before them are answered. */
  readonly pipeline?: boolean;
  readonly onNotice?: (text: string) => void;
}

const KEEP_ALIVE_MS = 20_000;
/** How long the server may take to hear that a statement is cancelled, in milliseconds. */
const CANCEL_MS_MAX = 5_000;
/** How long each cancellation may take to end the statement until another one is sent, in milliseconds. */
const HEARD_MS = [50, 150, 400, 1_000];
/** Of the protocol: what a connection says that wants to cancel. */
const CANCEL_REQUEST = 80_877_102;

/**
 * Connects to the first host that answers, in the first of its ways that the server takes. When the signal aborts, what runs is cancelled on the
 * server, and the connection ends. Throws `TaskFailure`.
 */
export async function connectPostgres(address: PostgresAddress, options: SessionOptions): Promise<PostgresSession> {
  const { default: pg } = await import("pg");
  let reason: unknown;
  for (const host of address.hosts) {
    for (const way of address.ways) {
      options.signal.throwIfAborted();
      const client = new pg.Client({ ...configOf(address, host, way), pipeline: options.pipeline === true });
      try {
        return await sessionOf(client, host, address, options);
      } catch (error) {
        options.signal.throwIfAborted();
        reason = error;
        if (!mayTryOtherWay(error)) break;
      }
    }
    if ((reason as { severity?: string }).severity !== undefined) break; // The server answered; others would the same.
  }
  throw refusedConnection(address, reason);
}

function configOf(address: PostgresAddress, { host, port }: Host, way: Way): ClientConfig {
  return {
    host,
    port,
    database: address.database,
    user: address.user,
    // As a function, or the library looks into variables and files of the server's own account.
    password: () => address.password ?? "",
    ssl: way,
    application_name: address.applicationName,
    ...(address.options !== undefined && { options: address.options }),
    connectionTimeoutMillis: address.connectMsMax,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  };
}

async function sessionOf(
  client: Client,
  host: Host,
  { schemas }: PostgresAddress,
  { signal, onNotice }: SessionOptions,
): Promise<PostgresSession> {
  client.on("error", () => undefined); // Whoever waits for an answer is told.
  client.on("notice", ({ message }) => onNotice?.(message ?? ""));
  const gone = new Promise<void>((resolve) => client.once("end", () => resolve()));
  let style: string | undefined;
  connectionOf(client).on("parameterStatus", ({ parameterName, parameterValue }) => {
    if (parameterName === "DateStyle") style = parameterValue;
  });
  let cancelled: Promise<void> | undefined;
  const abort = () => {
    cancelled ??= cancelUntilHeard(client, host).finally(() => void connectionOf(client).stream.destroy());
  };
  signal.addEventListener("abort", abort);
  const dispose = async () => {
    signal.removeEventListener("abort", abort);
    await cancelled;
    await client.end().catch(() => undefined);
  };
  try {
    await client.connect();
    signal.throwIfAborted();
    if (style !== undefined && !style.startsWith("ISO")) await client.query("SET datestyle TO ISO");
    if (schemas !== undefined) await client.query("SELECT set_config('search_path', $1, false)", [schemas]);
  } catch (error) {
    connectionOf(client).stream.destroy();
    await dispose();
    throw error;
  }
  return {
    client: () => {
      signal.throwIfAborted();
      return client;
    },
    gone,
    loseAfterSilence: (silenceMs) => {
      const { stream } = connectionOf(client);
      stream.setTimeout(silenceMs, () => stream.destroy(new Error(`it was silent for ${silenceMs} ms`)));
    },
    [Symbol.asyncDispose]: dispose,
  };
}

type OwnConnection = EventEmitter<{
  readonly parameterStatus: [{ readonly parameterName: string; readonly parameterValue: string }];
  readonly errorMessage: [];
  readonly readyForQuery: [];
  readonly end: [];
}> & { readonly stream: Socket };

/** The library's own types show neither this nor the numbers of the session. */
function connectionOf(client: Client): OwnConnection {
  return (client as unknown as { readonly connection: OwnConnection }).connection;
}

/**
 * Cancels what the session runs, again while the session doesn't hear of an end: a server drops a cancellation that comes before the
 * statement that is on its way, and would run that although its connection is closed.
 */
async function cancelUntilHeard(client: Client, host: Host): Promise<void> {
  const connection = connectionOf(client);
  const heard = new AbortController();
  const events = ["errorMessage", "readyForQuery", "end"] as const;
  const hear = () => heard.abort();
  for (const event of events) connection.once(event, hear);
  for (const waitMs of HEARD_MS) {
    await cancelStatement(client, host);
    await delay(waitMs, undefined, { signal: heard.signal }).catch(() => undefined);
    if (heard.signal.aborted) break;
  }
  for (const event of events) connection.off(event, hear);
}

/** Tells the server, on a connection of its own, to cancel what the session runs; resolves when it has heard it, or can't be told. */
async function cancelStatement(client: Client, { host, port }: Host): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID: number | null; secretKey: number | null };
  if (processID === null || secretKey === null) return;
  const message = Buffer.alloc(16);
  for (const [index, number] of [message.length, CANCEL_REQUEST, processID, secretKey].entries())
    message.writeInt32BE(number, index * 4);
  const socket = host.startsWith("/") ? connectSocket(`${host}/.s.PGSQL.${port}`) : connectSocket(port, host);
  socket.on("error", () => undefined); // It is closed then as well.
  socket.setTimeout(CANCEL_MS_MAX, () => socket.destroy());
  const closed = once(socket, "close");
  socket.resume().end(message);
  await closed;
}

/** Whether the server takes encrypted connections only, or none, which another way may suit. */
function mayTryOtherWay(error: unknown): boolean {
  const { code, message } = error as { readonly code?: string; readonly message: string };
  return code === "28000" || /does not support SSL/iu.test(message);
}

function refusedConnection({ hosts, database, user }: PostgresAddress, error: unknown): TaskFailure {
  if (error instanceof TaskFailure) return error;
  const { message, code } = error as { readonly message: string; readonly code?: string };
  const place = `${hosts.map(hostLabel).join(", ")}/${database}`;
  const why = message === "" ? (code ?? "no reason is known") : message;
  return new DatabaseFailure(`There is no connection to ${place} as ${user}: ${why}. Check \`url\` and who connects.`, {
    cause: error,
    remedy: /^(?:28|3D)/u.test(code ?? "") ? "none" : "connect-again",
  });
}
