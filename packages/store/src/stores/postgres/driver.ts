import type { Socket } from "node:net";
import type { Client, ClientConfig, Pool } from "pg";
import { StoreError } from "../../errors.ts";
import type { SqlValue } from "../../sql/dialect.ts";
import type { PostgresAddress, SslMode } from "./address.ts";
import { toStoreError } from "./postgres-errors.ts";

/** The only file that loads the library. Its connections are those of one address. */
export interface Driver {
  /** A connection that answers; throws `StoreError`, `store-unreachable` when it is not there in time or the signal aborts. */
  connect(session: SessionSettings, options?: ConnectOptions): Promise<Connected>;
  /** Connections that are made when they are needed; the address has been connected to before. */
  pool(session: SessionSettings, limits: PoolLimits): Pool;
}

export interface ConnectOptions {
  /** Whether queries leave before those before them are answered. */
  readonly pipeline?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface Connected {
  readonly client: Client;
  readonly backend: Backend;
  /** How many bytes have crossed so far, both ways together. */
  readonly traffic: () => number;
  /** Ends it without a word: who waits for an answer hears that it is lost. */
  readonly destroy: () => void;
}

/** A process of the server. Its number is used again, so its start belongs to it. */
export interface Backend {
  readonly pid: number;
  readonly startedAt: string;
}

export interface PoolLimits {
  readonly connectionsMax: number;
  /** How long an answer may take before its connection counts as lost, in milliseconds. */
  readonly answerMsMax: number;
}

/** Settings of PostgreSQL that hold for a connection. */
export type SessionSettings = Readonly<Record<string, string>>;

/** How long a connection may take to be made, unless the network may be silent for less, in milliseconds. */
const CONNECT_MS_MAX = 10_000;
/** How long a connection is silent before either side asks whether the other is there, in milliseconds. */
const KEEP_ALIVE_MS = 20_000;
/** The oldest that has all we use. */
const VERSION_MIN = 140_000;

/** 64-bit integers and sums of them: none of ours is beyond 2^53. */
const INTEGER_OIDS: ReadonlySet<number> = new Set([20, 1700]);

/** `silenceMsMax` is how long the network may be silent, in milliseconds. */
export async function loadDriver(address: PostgresAddress, silenceMsMax: number): Promise<Driver> {
  const { default: pg } = await import("pg");
  const connectMsMax = Math.min(CONNECT_MS_MAX, silenceMsMax);
  /** What the server turned out to speak, where it is free to. */
  let mode = address.security.mode;
  const configOf = (session: SessionSettings): ClientConfig => ({
    host: address.host,
    port: address.port,
    database: address.database,
    user: address.user,
    ...(address.password !== undefined && { password: address.password }),
    ssl: tlsOptions(mode, address),
    application_name: "capstan",
    connectionTimeoutMillis: connectMsMax,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    options: Object.entries({ ...ALWAYS, ...session })
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
    types: {
      getTypeParser: ((oid: number, format?: "text") =>
        INTEGER_OIDS.has(oid) ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  });
  const connectOnce = async (session: SessionSettings, { pipeline = false, signal }: ConnectOptions) => {
    const client = new pg.Client({ ...configOf(session), pipeline });
    client.on("error", () => undefined); // Whoever waits for an answer is told, and `end` follows.
    const late = AbortSignal.timeout(connectMsMax);
    const givenUp = signal === undefined ? late : AbortSignal.any([signal, late]);
    const giveUp = () => socketOf(client).destroy(new Error("the connection was not made in time"));
    givenUp.addEventListener("abort", giveUp);
    try {
      givenUp.throwIfAborted();
      await client.connect();
      return connectedOf(client, await greet(client));
    } catch (error) {
      void client.end().catch(() => undefined); // It may never have been connected.
      throw error;
    } finally {
      givenUp.removeEventListener("abort", giveUp);
    }
  };
  return {
    connect: async (session, options = {}) => {
      try {
        return await connectOnce(session, options);
      } catch (error) {
        if (mode !== "prefer" || !isWithoutTls(error)) throw toStoreError(error, address.label);
      }
      mode = "disable";
      try {
        return await connectOnce(session, options);
      } catch (error) {
        throw toStoreError(error, address.label);
      }
    },
    pool: (session, { connectionsMax: max, answerMsMax }) => {
      const limits = { max, idleTimeoutMillis: 60_000, query_timeout: answerMsMax };
      const pool = new pg.Pool({ ...configOf(session), ...limits });
      pool.on("error", () => undefined); // An idle connection ended; the next query makes another one.
      return pool;
    },
  };
}

/**
 * The other side ends connections whose client is gone for good, and with them their locks: those that are silent, and those that take
 * no answer, which nobody probes.
 */
const ALWAYS: SessionSettings = {
  jit: "off",
  tcp_user_timeout: "35000",
  tcp_keepalives_idle: String(KEEP_ALIVE_MS / 1000),
  tcp_keepalives_interval: "5",
  tcp_keepalives_count: "3",
  idle_in_transaction_session_timeout: "60s",
};

function tlsOptions(mode: SslMode, { security }: PostgresAddress): ClientConfig["ssl"] {
  const ca = security.rootCertificate === undefined ? {} : { ca: security.rootCertificate };
  switch (mode) {
    case "disable":
      return false;
    case "prefer":
      return { rejectUnauthorized: false };
    case "require":
      // As libpq: with a certificate at hand it is checked who signed the server's.
      return security.rootCertificate === undefined ? { rejectUnauthorized: false } : anyName(ca);
    case "verify-ca":
      return anyName(ca);
    case "verify-full":
      return ca;
    default:
      return mode satisfies never;
  }
}

function anyName(ca: { readonly ca?: string }): ClientConfig["ssl"] {
  return { ...ca, checkServerIdentity: () => undefined };
}

function isWithoutTls(error: unknown): boolean {
  return error instanceof Error && /does not support SSL/i.test(error.message);
}

/** Refuses versions that are too old; answers who is at the other end. */
async function greet(client: Client): Promise<Backend> {
  const { rows } = await client.query<Backend & { number: number; version: string }>(`SELECT
    current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
    pid, backend_start::text AS "startedAt" FROM pg_stat_activity WHERE pid = pg_backend_pid()`);
  const { number, version, ...backend } = rows[0]!;
  if (number < VERSION_MIN)
    throw new StoreError("store-refused", `the server is PostgreSQL ${version}; version 14 is the oldest that will do`);
  return backend;
}

function connectedOf(client: Client, backend: Backend): Connected {
  return {
    client,
    backend,
    traffic: () => {
      const { bytesRead, bytesWritten, _handle: handle } = socketOf(client);
      // What waits here to be sent counts as written.
      return bytesRead + bytesWritten - (handle?.writeQueueSize ?? 0);
    },
    destroy: () => void socketOf(client).destroy(new Error("the connection fell silent")),
  };
}

/** The library's own types don't show it; TLS puts another one in its place. */
function socketOf(client: Client): Socket & { readonly _handle?: { readonly writeQueueSize: number } | null } {
  return (client as unknown as { readonly connection: { readonly stream: Socket } }).connection.stream;
}

/** `?` become `$1`, `$2` …; texts lose the character 0, which no column has. */
export function numbered(sql: string, values: readonly SqlValue[]): { readonly text: string; values: SqlValue[] } {
  let count = 0;
  return {
    text: sql.replaceAll("?", () => `$${(count += 1)}`),
    values: values.map((value) => (typeof value === "string" ? value.replaceAll("\0", "\uFFFD") : value)),
  };
}
