import type { Database, SqlValue, Statement } from "./driver.ts";
import { removeLogs } from "./remove-logs.ts";
import { STATEMENT_NAMES, STATEMENT_NUMBERS, STATEMENTS, valueCount } from "./statements.ts";

/** A database with the statements of commits compiled. */
export interface PreparedWriter {
  begin(): void;
  commit(): void;
  rollback(): void;
  /** False after SQLite rolled a transaction back by itself. */
  inTransaction(): boolean;
  savepoint(): void;
  release(): void;
  rollbackToSavepoint(): void;
  /** Runs the statements of `values` from `start` up to `end`; throws at the first that fails. */
  apply(values: readonly SqlValue[], start: number, end: number): void;
  setSequence(last: number): void;
}

export function prepareWriter(database: Database): PreparedWriter {
  const statements = STATEMENT_NAMES.map((name) => database.prepare(STATEMENTS[name]));
  const counts = STATEMENT_NAMES.map(valueCount);
  const plain = (sql: string): (() => void) => {
    const statement = database.prepare(sql);
    return () => void statement.run([]);
  };
  const run = (number: number, values: readonly SqlValue[]): void => {
    if (number === STATEMENT_NUMBERS.removeLogs) return removeLogs(database, JSON.parse(String(values[0])));
    const changed = statements[number]!.run(values);
    if (number === STATEMENT_NUMBERS.putExecution && changed === 0) replaceExecution(statements, values);
  };
  return {
    begin: plain("BEGIN IMMEDIATE"),
    commit: plain("COMMIT"),
    rollback: () => {
      if (database.inTransaction()) database.exec("ROLLBACK");
    },
    inTransaction: () => database.inTransaction(),
    savepoint: plain("SAVEPOINT unit"),
    release: plain("RELEASE unit"),
    rollbackToSavepoint: plain("ROLLBACK TO unit"),
    apply: (values, start, end) => {
      let position = start;
      while (position < end) {
        const number = values[position] as number;
        const next = position + 1 + counts[number]!;
        run(number, values.slice(position + 1, next));
        position = next;
      }
    },
    setSequence: (last) => void statements[STATEMENT_NUMBERS.setSequence]!.run([last]),
  };
}

/** Something changed that the short way leaves alone: the whole row goes, with its entries in the indexes. */
function replaceExecution(statements: readonly Statement[], values: readonly SqlValue[]): void {
  statements[STATEMENT_NUMBERS.removeExecution]!.run(values.slice(0, 2));
  statements[STATEMENT_NUMBERS.putExecution]!.run(values);
}
