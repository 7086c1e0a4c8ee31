import {
  type DeliveredRows,
  deliverRows,
  type FetchType,
  type Outputs,
  type Renderer,
  TaskFailure,
} from "@capstan/sdk";
import {
  type Connection,
  type DatabaseContext,
  DatabaseFailure,
  type Driver,
  type Transactions,
} from "./connection.ts";
import { fetchTypeOf, type QueryProperties } from "./properties.ts";
import { bindParameters } from "./sql/bind-parameters.ts";
import { splitStatements } from "./sql/split-statements.ts";

export type RunContext = DatabaseContext & Pick<Renderer, "render"> & { readonly properties: QueryProperties };

/** How the statements of one task run. */
export interface Manner {
  /** Whether `sql` is one statement. */
  readonly single: boolean;
  /** What to do with several where it is. */
  readonly advice?: string;
  /** Whether all of them count, or none. */
  readonly transaction: boolean;
}

export interface RunResult {
  /** One for each statement that answered rows, in their order. */
  readonly results: readonly DeliveredRows[];
  /** How many rows the other statements of `sql` changed together. */
  readonly changed: number;
  /** What the driver puts out beside. */
  readonly outputs: Outputs;
}

/** Runs `sql`, then `afterSQL`, on a connection of their own. Throws `TaskFailure`; then nothing of a transaction has happened. */
export async function runStatements(context: RunContext, driver: Driver, manner: Manner): Promise<RunResult> {
  try {
    return await runAll(context, driver, manner);
  } catch (error) {
    const mayRunAlone = manner.single && context.properties.afterSQL === undefined && manner.transaction;
    if (!mayRunAlone || !(error instanceof DatabaseFailure) || error.remedy !== "outside-transaction") throw error;
    context.log.debug("The statement runs outside of a transaction, as it must.");
    return await runAll(context, driver, { ...manner, transaction: false });
  }
}

const ADVICE = "Use Queries for several of them.";

async function runAll(
  context: RunContext,
  driver: Driver,
  { single, advice = ADVICE, transaction }: Manner,
): Promise<RunResult> {
  const { properties } = context;
  context.signal.throwIfAborted();
  await using connection = await driver.open(properties, context);
  const render = (sql: string) =>
    connection.variables === undefined ? sql : context.render(sql, connection.variables);
  const statements = splitStatements(await render(properties.sql), driver.dialect);
  if (statements.length === 0) throw new TaskFailure("There is no SQL to run: `sql` is empty, or comments alone.");
  if (single && statements.length > 1)
    throw new TaskFailure(`\`sql\` has ${statements.length} statements, and a Query takes one. ${advice}`);
  const after = splitStatements(await render(properties.afterSQL ?? ""), driver.dialect);
  const how = fetchTypeOf(properties);
  const run = async (): Promise<Pick<RunResult, "results" | "changed">> => {
    const results: DeliveredRows[] = [];
    let changed = 0;
    for (const [index, sql] of statements.entries()) {
      const place = statements.length === 1 ? undefined : `Statement ${index + 1} of ${statements.length}`;
      const result = await named(place, () => runOne(context, driver, connection, sql, how));
      if (typeof result === "number") changed += result;
      else results.push(result);
    }
    for (const sql of after) await named("`afterSQL`", () => runOne(context, driver, connection, sql, "NONE"));
    return { results, changed };
  };
  const done = transaction && driver.hasTransactions ? await inTransaction(connection, run) : await run();
  return { ...done, outputs: (await connection.finish?.()) ?? {} };
}

/** What one statement answers: rows, or how many it changed. */
async function runOne(
  { properties, files }: RunContext,
  driver: Driver,
  connection: Connection,
  sql: string,
  how: FetchType,
): Promise<DeliveredRows | number> {
  const statement = bindParameters(sql, properties.parameters, driver);
  const { fetchSize } = properties;
  const answer = await connection.query(statement, { fetchSize, ...(how === "FETCH_ONE" && { rowsMax: 1 }) });
  return answer.rows === undefined ? answer.changed : deliverRows(answer.rows, how, files);
}

/** Runs something so that all of it counts, or nothing. */
export async function inTransaction<Result>(connection: Transactions, run: () => Promise<Result>): Promise<Result> {
  await connection.begin();
  let result: Result;
  try {
    result = await run();
  } catch (error) {
    // A connection that is gone has taken the transaction with it.
    await connection.rollback().catch(() => undefined);
    throw error;
  }
  try {
    await connection.commit();
  } catch (error) {
    if (!(error instanceof DatabaseFailure) || error.remedy !== "connect-again") throw error;
    const unknown = "It is not known whether the changes count: look at the data before it runs again.";
    throw new DatabaseFailure(`${error.message} ${unknown}`, { cause: error, remedy: "none" });
  }
  return result;
}

/** Says in a refusal which statement it was. */
async function named<Result>(place: string | undefined, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (place === undefined || !(error instanceof DatabaseFailure)) throw error;
    throw new DatabaseFailure(`${place}: ${error.message}`, { cause: error, remedy: error.remedy });
  }
}
