import type { Client, ClientConfig, Pool } from "pg";
import { StoreError } from "../../errors.ts";
import type { SqlValue } from "../../sql/dialect.ts";
import type { PostgresAddress, SslMode } from "./address.ts";
import { toStoreError } from "./postgres-errors.ts";

/** The only file that loads the library. Its connections are those of one address. */
export interface Driver {
  /** A connection that answers; throws `StoreError`. */
  connect(session: SessionSettings, options?: { readonly pipeline?: boolean }): Promise<Client>;
  /** Connections that are made when they are needed; the address has been connected to before. */
  pool(session: SessionSettings, limits: PoolLimits): Pool;
}

export interface PoolLimits {
  readonly connectionsMax: number;
  /** How long an answer may take before its connection counts as lost, in milliseconds. */
  readonly answerMsMax: number;
}

/** Settings of PostgreSQL that hold for a connection. */
export type SessionSettings = Readonly<Record<string, string>>;

/** How long a connection may take to be made, in milliseconds. */
const CONNECT_MS_MAX = 10_000;
/** How long a connection is silent before either side asks whether the other is there, in milliseconds. */
const KEEP_ALIVE_MS = 20_000;
/** The oldest that has all we use. */
const VERSION_MIN = 140_000;

/** 64-bit integers and sums of them: none of ours is beyond 2^53. */
const INTEGER_OIDS: ReadonlySet<number> = new Set([20, 1700]);

export async function loadDriver(address: PostgresAddress): Promise<Driver> {
  const { default: pg } = await import("pg");
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
    connectionTimeoutMillis: CONNECT_MS_MAX,
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
  const connectOnce = async (session: SessionSettings, pipeline: boolean): Promise<Client> => {
    const client = new pg.Client({ ...configOf(session), pipeline });
    client.on("error", () => undefined); // Whoever waits for an answer is told, and `end` follows.
    try {
      await client.connect();
      await demandVersion(client);
      return client;
    } catch (error) {
      void client.end().catch(() => undefined); // It may never have been connected.
      throw error;
    }
  };
  return {
    connect: async (session, { pipeline = false } = {}) => {
      try {
        return await connectOnce(session, pipeline);
      } catch (error) {
        if (mode !== "prefer" || !isWithoutTls(error)) throw toStoreError(error, address.label);
      }
      mode = "disable";
      try {
        return await connectOnce(session, pipeline);
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

/** The other side ends connections whose client is gone for good, and with them their locks. */
const ALWAYS: SessionSettings = {
  jit: "off",
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

async function demandVersion(client: Client): Promise<void> {
  const { rows } = await client.query<{ number: number; name: string }>(
    "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS name",
  );
  const { number, name } = rows[0]!;
  if (number < VERSION_MIN)
    throw new StoreError("store-refused", `the server is PostgreSQL ${name}; version 14 is the oldest that will do`);
}

/** `?` become `$1`, `$2` …; texts lose the character 0, which no column has. */
export function numbered(sql: string, values: readonly SqlValue[]): { readonly text: string; values: SqlValue[] } {
  let count = 0;
  return {
    text: sql.replaceAll("?", () => `$${(count += 1)}`),
    values: values.map((value) => (typeof value === "string" ? value.replaceAll("\0", "\uFFFD") : value)),
  };
}
