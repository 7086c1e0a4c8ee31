import { Socket } from "node:net";
import { type TaskContext, TaskFailure } from "@capstan/sdk";
import type { QueryResultRow } from "pg";

/** Until a server must have answered a new connection, in milliseconds. */
const CONNECT_MS_MAX = 10_000;
/** Characters of a name: the server silently cuts longer ones. */
const NAME_CHARACTERS_MAX = 63;

export interface PostgresqlServer {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** A connection to PostgreSQL until it is closed, which it is at once when the task is told to stop. */
export interface PostgresqlConnection {
  /** Throws `TaskFailure` that says what the server said. */
  readonly query: <Row extends QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<readonly Row[]>;
  /** All or nothing. */
  readonly transaction: (work: () => Promise<void>) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Connects. Throws `TaskFailure` that says where nobody answers; the password is in no message. */
export async function connectPostgresql(
  { signal }: Pick<TaskContext<unknown>, "signal">,
  { host, port, database, user, password }: PostgresqlServer,
): Promise<PostgresqlConnection> {
  signal.throwIfAborted();
  const { default: postgresql } = await import("pg");
  const socket = new Socket();
  const client = new postgresql.Client({
    host,
    port,
    database,
    user,
    password,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    stream: () => socket,
  });
  // A query that waits is told of it as well.
  client.on("error", () => socket.destroy());
  const stop = () => void socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  const told = async <Answer>(work: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof TaskFailure) throw error;
      const { message } = error as Error;
      throw new TaskFailure(`PostgreSQL at ${host}:${port} did not do it: ${message}`, { cause: error });
    }
  };
  const query: PostgresqlConnection["query"] = async <Row extends QueryResultRow>(
    sql: string,
    values: readonly unknown[] = [],
  ) => (await told(() => client.query<Row>(sql, [...values]))).rows;
  const close = async () => {
    signal.removeEventListener("abort", stop);
    if (!socket.destroyed) await client.end();
  };
  try {
    await told(() => client.connect());
  } catch (error) {
    signal.removeEventListener("abort", stop);
    socket.destroy();
    throw error;
  }
  const transaction = async (work: () => Promise<void>) => {
    await query("BEGIN");
    try {
      await work();
      await query("COMMIT");
    } catch (error) {
      if (!socket.destroyed) await query("ROLLBACK");
      throw error;
    }
  };
  return { query, transaction, close };
}

/** The name of a table, with its schema or without, as SQL. Throws `TaskFailure` for what is no name. */
export function quotedTable(name: string): string {
  const parts = name.split(".");
  if (parts.length > 2 || parts.some((part) => part === "" || part.length > NAME_CHARACTERS_MAX || part.includes("\0")))
    throw new TaskFailure(`"${name}" is no name of a table. Write it as table, or as schema.table.`);
  return parts.map((part) => `"${part.replaceAll('"', '""')}"`).join(".");
}
