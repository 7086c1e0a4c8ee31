import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { TaskFailure } from "@capstan/sdk";
import { type Answer, type Connection, DatabaseFailure, type Row } from "../../connection.ts";
import type { Statement } from "../../sql/bind-parameters.ts";
import { exactInteger, floatValue } from "../../values/exact-number.ts";

/** How long rows are read before others of this thread have a turn, in milliseconds. */
const TURN_MS = 10;
/** How long a lock of somebody else is waited for, in milliseconds. */
const LOCK_MS_MAX = 3_000;
const LOCK_LOOK_MS = 20;
const BUSY = 5;

/** A session of an open database, in this thread: rows are read in turns, and a lock is waited for aside. */
export function sqliteConnection(database: DatabaseSync, signal: AbortSignal): Connection {
  const pace = createPace(signal);
  const command = (sql: string) => whenFree(signal, () => database.exec(sql));
  return {
    query: (statement) => query(database, statement, pace, signal),
    begin: () => command("BEGIN"),
    commit: () => command("COMMIT"),
    rollback: () => command("ROLLBACK"),
    [Symbol.asyncDispose]: async () => {
      if (database.isOpen) database.close();
    },
  };
}

function prepare(database: DatabaseSync, sql: string): StatementSync {
  const statement = database.prepare(sql);
  statement.setReadBigInts(true);
  return statement;
}

async function query(
  database: DatabaseSync,
  { sql, values }: Statement,
  pace: () => Promise<void>,
  signal: AbortSignal,
): Promise<Answer> {
  const statement = await whenFree(signal, () => prepare(database, sql));
  const inputs = values.map(inputOf);
  if (statement.columns().length === 0) {
    const { changes } = await whenFree(signal, () => statement.run(...inputs));
    return { changed: Number(changes) };
  }
  // The first step does what the statement changes, and takes its locks.
  const rows = statement.iterate(...inputs);
  const first = await whenFree(signal, () => rows.next());
  async function* read(): AsyncGenerator<Row> {
    try {
      for (let step = first; step.done !== true; step = told(() => rows.next())) {
        yield rowOf(step.value);
        await pace();
      }
    } finally {
      rows.return?.();
    }
  }
  return { rows: read(), changed: 0 };
}

function createPace(signal: AbortSignal): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < TURN_MS) return;
    await nextTurn();
    since = performance.now();
    signal.throwIfAborted();
  };
}

/** Does something as soon as nobody else has the lock that it needs. */
async function whenFree<Result>(signal: AbortSignal, act: () => Result): Promise<Result> {
  for (const deadline = performance.now() + LOCK_MS_MAX; ;) {
    signal.throwIfAborted();
    try {
      return act();
    } catch (error) {
      const { errcode = 0 } = error as { readonly errcode?: number };
      if ((errcode & 0xff) !== BUSY || performance.now() > deadline) throw sqliteFailure(error);
      await delay(LOCK_LOOK_MS, undefined, { signal });
    }
  }
}

function told<Result>(act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw sqliteFailure(error);
  }
}

/** A refusal in words for the author of the SQL. */
export function sqliteFailure(error: unknown): TaskFailure {
  if (error instanceof TaskFailure) return error;
  const { message, errcode = 0 } = error as Error & { readonly errcode?: number };
  const isBusy = (errcode & 0xff) === BUSY;
  const isAlone = /within a transaction/u.test(message);
  const remedy = isBusy ? "later" : isAlone ? "outside-transaction" : "none";
  const hint = isBusy ? ` for ${LOCK_MS_MAX} ms` : "";
  return new DatabaseFailure(`The database refuses it: ${message}${hint}.`, { cause: error, remedy });
}

function rowOf(row: Readonly<Record<string, SQLOutputValue>>): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, outputOf(value)]));
}

function outputOf(value: SQLOutputValue): unknown {
  if (typeof value === "bigint") return exactInteger(value);
  if (typeof value === "number") return floatValue(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value;
}

/** Whole numbers are integers for the database as well; lists and maps are the text of their JSON. */
function inputOf(value: unknown): SQLInputValue {
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  return JSON.stringify(value);
}
