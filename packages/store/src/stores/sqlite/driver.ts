import { DatabaseSync, type StatementSync } from "node:sqlite";

// oxlint-disable typescript/no-unnecessary-type-parameters -- who writes the SQL knows the shape of its rows

/** The only file that knows which SQLite library is used. Booleans are stored as 0 and 1. */
export type SqlValue = string | number | null;

export interface Statement {
  /** Runs it and answers the number of rows it changed itself (not through triggers). */
  run(values: readonly SqlValue[]): number;
}

export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  /** Rows as objects by column name; the statement is compiled once and kept. */
  all<Row>(sql: string, values?: readonly SqlValue[]): readonly Row[];
  get<Row>(sql: string, values?: readonly SqlValue[]): Row | undefined;
  /** Row by row; the statement must not be used again before the end. */
  iterate<Row>(sql: string, values?: readonly SqlValue[]): Iterable<Row>;
  /** False after SQLite rolled a transaction back by itself. */
  inTransaction(): boolean;
  close(): void;
}

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** How long to wait for another process's lock before giving up. */
  readonly busyTimeoutMs: number;
}

/** More shapes of queries than this can't be kept compiled; then all are dropped. */
const KEPT_STATEMENTS_MAX = 300;

export function openDatabase(path: string, options: OpenOptions): Database {
  const connection = new DatabaseSync(path, {
    readOnly: options.readOnly === true,
    timeout: options.busyTimeoutMs,
    enableForeignKeyConstraints: false,
  });
  const kept = new Map<string, StatementSync>();
  const compiled = (sql: string): StatementSync => {
    const known = kept.get(sql);
    if (known !== undefined) return known;
    if (kept.size >= KEPT_STATEMENTS_MAX) kept.clear();
    const statement = connection.prepare(sql);
    kept.set(sql, statement);
    return statement;
  };
  return {
    exec: (sql) => connection.exec(sql),
    prepare: (sql) => {
      const statement = connection.prepare(sql);
      return { run: (values) => Number(statement.run(...values).changes) };
    },
    all: <Row>(sql: string, values: readonly SqlValue[] = []) => compiled(sql).all(...values) as Row[],
    get: <Row>(sql: string, values: readonly SqlValue[] = []) => compiled(sql).get(...values) as Row | undefined,
    iterate: <Row>(sql: string, values: readonly SqlValue[] = []) =>
      connection.prepare(sql).iterate(...values) as Iterable<Row>,
    inTransaction: () => connection.isTransaction,
    close: () => connection.close(),
  };
}
