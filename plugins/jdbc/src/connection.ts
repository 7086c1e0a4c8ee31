import type { Outputs, PollingContext, TaskContext } from "@capstan/sdk";
import { TaskFailure } from "@capstan/sdk";
import type { z } from "zod";
import type { ConnectionProperties } from "./properties.ts";
import type { Placeholders, Statement } from "./sql/bind-parameters.ts";
import type { NameQuote } from "./sql/names.ts";
import type { Dialect } from "./sql/tokenize.ts";

export type { ConnectionProperties };

export type Row = Readonly<Record<string, unknown>>;

/** What a connection may use of the attempt that it is made for. */
export type DatabaseContext = Pick<
  TaskContext<unknown> & PollingContext<unknown>,
  "files" | "log" | "signal" | "workingDirectory"
> & { readonly mask?: (value: string) => void };

/** One kind of database. */
export interface Driver {
  /** As in `io.kestra.plugin.jdbc.<name>.Query`. */
  readonly name: string;
  /** As people call it. */
  readonly title: string;
  readonly exampleUrl: string;
  /** In the example of its trigger: the lines of the query, which answers each row once if the database can do so. */
  readonly claimExample: string;
  /** Whether statements may count together, or not at all; each counts by itself otherwise. */
  readonly hasTransactions: boolean;
  /** What `url` is when it is left out; absent where it must be given. */
  readonly defaultUrl?: string;
  readonly dialect: Dialect;
  readonly placeholders: Placeholders;
  /** Whether values are sent as literals, because the protocol takes none beside a statement. */
  readonly hasLiterals?: boolean;
  /** Properties of all its types, beside those that every driver has. */
  readonly properties?: () => z.ZodRawShape;
  /** Properties of its queries. */
  readonly queryProperties?: () => z.ZodRawShape;
  /** Properties of its trigger in place of those of queries. */
  readonly triggerProperties?: () => z.ZodRawShape;
  /** What its queries put out beside rows. */
  readonly outputs?: () => z.ZodRawShape;
  /** Whether its statements are rendered with `variables` of the connection. */
  readonly hasVariables?: boolean;
  /**
   * A connection that answers. It belongs to `context.signal`: an abort cancels on the server what runs there, and ends it. Throws
   * `TaskFailure`.
   */
  open(properties: ConnectionProperties, context: DatabaseContext): Promise<Connection>;
}

/** A kind of database that files are loaded into. */
export interface LoadDriver extends Driver {
  readonly nameQuote: NameQuote;
  /** Values that one statement takes; of no meaning where rows are appended. */
  readonly valuesMax: number;
  /** Rows that one statement takes, where that is a limit of its own. */
  readonly rowsMax?: number;
  /** In the example of its batch: a statement for a row with an id and a state. */
  readonly upsertExample: string;
  /** As `open`, for loads alone. */
  openLoad(properties: ConnectionProperties, context: DatabaseContext): Promise<LoadConnection>;
}

/** What counts together, or not at all. All functions throw `DatabaseFailure` for what the database refuses. */
export interface Transactions {
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** One session of a database; one statement at a time. */
export interface Connection extends Transactions, AsyncDisposable {
  /** Runs a statement. The rows of its answer are read, or ended, before the next one. */
  query(statement: Statement, options: ReadOptions): Promise<Answer>;
  /** For expressions in statements. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** Outputs beside the rows, when everything is committed. The connection is over then. */
  finish?(): Promise<Outputs>;
}

/** A session that takes rows: within statements, or beside them. */
export type LoadConnection = LoadSession & (TakesValues | TakesRows);

interface LoadSession extends Transactions, AsyncDisposable {
  /** The columns of a table in their order. `table` is a part of the statement. */
  columnsOf(table: string): Promise<readonly Column[]>;
}

interface TakesValues {
  /** Runs a statement with each list of values; answers how many rows they changed together. */
  change(sql: string, valueLists: readonly (readonly unknown[])[]): Promise<number>;
  readonly append?: undefined;
}

interface TakesRows {
  /** Sends rows behind an INSERT that has no values; answers how many are in. */
  append(insert: string, rows: readonly (readonly unknown[])[]): Promise<number>;
}

export interface ReadOptions {
  /** How many rows come from the database at once. */
  readonly fetchSize: number;
  /** Nobody reads more rows than these. */
  readonly rowsMax?: number;
}

/** Of procedures and scripts. */
export const SEVERAL_RESULTS = "The statement answers several results, of which the first counts.";

/** What a statement answers: rows as they come, or how many rows it changed. */
export interface Answer {
  readonly rows?: AsyncIterable<Row>;
  readonly changed: number;
}

export interface Column {
  readonly name: string;
  /** A value of a file as it goes into the column. */
  readonly toDatabase: (value: unknown) => unknown;
}

/** What can be done about a refusal: nothing; the same later, when others are out of the way; on another connection; or outside of a transaction. */
export type Remedy = "none" | "later" | "connect-again" | "outside-transaction";

/** What a database refuses, and lost connections. */
export class DatabaseFailure extends TaskFailure {
  readonly remedy: Remedy;
  constructor(message: string, options: ErrorOptions & { remedy: Remedy }) {
    super(message, options);
    this.name = "DatabaseFailure";
    this.remedy = options.remedy;
  }
}
