import { setTimeout as delay } from "node:timers/promises";
import { defineTask, dynamic, duration, listOrText, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { type BatchInput, InputLost, openInput } from "./batch/input.ts";
import { loadRows } from "./batch/load-rows.ts";
import { DatabaseFailure, type LoadDriver } from "./connection.ts";
import { connectionProperties } from "./properties.ts";
import { exampleOf } from "./query.ts";
import { inTransaction } from "./run-statements.ts";

const CHUNK_MAX = 100_000;
const LOCAL_BYTES = 104_857_600;

const batchProperties = () => ({
  from: text().describe("Address of a file with one row a line: lists of values, or maps."),
  table: text()
    .optional()
    .describe("The table, such as `orders` or `shop.orders`. It may be left out where `sql` is given."),
  columns: listOrText()
    .optional()
    .describe(
      "Columns in the order of the values. Of a row that is a map, these keys are taken. Default: all columns of `table`.",
    ),
  sql: text()
    .optional()
    .describe(
      "A statement with `?` for each value of a row, `??` for a question mark. Default: an INSERT into `table`.",
    ),
  chunk: dynamic(z.int().min(1).max(CHUNK_MAX))
    .default(1000)
    .describe(`How many rows are sent at once, ${CHUNK_MAX} at most. Default: 1000.`),
  retryScope: dynamic(z.enum(["NONE", "INPUT", "ALL"]))
    .default("INPUT")
    .describe(
      "What is tried again: nothing (NONE), reading the file (INPUT), or also a load for which the database was away, or others were in the way (ALL). No row goes in twice.",
    ),
  maxRetries: dynamic(z.int().min(0)).default(3).describe("How often something is tried again, in all. Default: 3."),
  retryBackoff: duration().default(1000).describe("Time before each of these tries. Default: PT1S."),
  resumeOnRetry: dynamic(z.boolean())
    .default(true)
    .describe("Whether a file is read on behind the rows that are sent; otherwise all begins anew. Default: true."),
  inputHandling: dynamic(z.enum(["AUTO", "STREAM", "LOCAL"]))
    .default("AUTO")
    .describe(
      "STREAM reads the file while the database takes its rows, LOCAL copies it to the worker's disk before. AUTO copies what is not larger than `localBufferMaxBytes`.",
    ),
  localBufferMaxBytes: dynamic(z.int().min(0))
    .default(LOCAL_BYTES)
    .describe(`Size of a file that may be copied, in bytes. Default: ${LOCAL_BYTES}.`),
});
export type BatchProperties = z.output<z.ZodObject<ReturnType<typeof batchProperties>>>;

/** `io.kestra.plugin.jdbc.<driver>.Batch`: the rows of a file into a table, all or none where the database has transactions. */
export function batchTask(driver: LoadDriver, kind: "Batch" | "BulkInsert" = "Batch") {
  const type = `io.kestra.plugin.jdbc.${driver.name}.${kind}`;
  return defineTask({
    type,
    title: `Load a file of rows into ${driver.title}`,
    description: driver.hasTransactions
      ? "All rows go in with one transaction: when the task fails, none is there, so that it may run again."
      : "Each chunk counts as soon as it is sent: when the task fails, those before it stay in the table. What was sent is never sent again, so that the same row isn't there twice.",
    properties: () => z.object({ ...connectionProperties(driver), ...driver.properties?.(), ...batchProperties() }),
    outputs: () =>
      z.object({
        rowCount: z.int().describe("How many rows the file has."),
        updatedCount: z.int().describe("How many rows were changed."),
      }),
    examples: [
      {
        title: "Load the rows of another database",
        code: `id: load\ntype: ${type}\n${exampleOf(driver)}from: "{{ outputs.export.uri }}"\ntable: orders\n`,
      },
      {
        title: "Insert or update",
        code: `id: load\ntype: ${type}\n${exampleOf(driver)}from: "{{ outputs.export.uri }}"\nsql: ${driver.upsertExample}\ncolumns: [id, state]\n`,
      },
    ],
    async run(context) {
      const properties = context.properties as unknown as BatchProperties & { readonly url: string };
      const retries = createRetries(properties, context);
      const resumeOnRetry = properties.resumeOnRetry || !driver.hasTransactions;
      await using input = await openInput({ ...properties, resumeOnRetry }, context, retries);
      const counts = await loadAgain({ ...context, properties }, driver, input, retries);
      context.metric({ name: "records", type: "counter", value: counts.rowCount });
      context.metric({ name: "updated", type: "counter", value: counts.updatedCount });
      context.log.info(`Rows sent: ${counts.rowCount}, changed: ${counts.updatedCount}`);
      return { ...counts };
    },
  });
}

type BatchContext = Omit<TaskContext<unknown>, "properties"> & {
  readonly properties: BatchProperties & { readonly url: string };
};

/** Loads the file in one transaction, and in another one when that may help; without transactions, it is loaded once. */
async function loadAgain(context: BatchContext, driver: LoadDriver, input: BatchInput, retries: Retries) {
  for (;;) {
    try {
      context.signal.throwIfAborted();
      await using connection = await driver.openLoad(context.properties, context);
      const load = () => loadRows(connection, input, context.properties, driver);
      return await (driver.hasTransactions ? inTransaction(connection, load) : once(load));
    } catch (error) {
      context.signal.throwIfAborted();
      // The try for a file that was lost has been waited for.
      if (!(error instanceof InputLost) && !(await retries.wait(scopeOf(error), error))) throw error;
    }
  }
}

/** A load that can't be undone is not to be tried again. */
async function once<Result>(load: () => Promise<Result>): Promise<Result> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof DatabaseFailure)) throw error;
    const message = `${error.message} Rows that were sent before are in the table.`;
    throw new DatabaseFailure(message, { cause: error, remedy: "none" });
  }
}

/** What failed, as far as another try may help. */
type Failed = "input" | "database" | "for-good";

function scopeOf(error: unknown): Failed {
  if (!(error instanceof DatabaseFailure)) return "for-good";
  return error.remedy === "later" || error.remedy === "connect-again" ? "database" : "for-good";
}

/** The tries that are left to one task. */
export interface Retries {
  /** Waits for the next try, and answers whether there is one. */
  wait(failed: Failed, error: unknown): Promise<boolean>;
}

function createRetries(
  { maxRetries, retryBackoff, retryScope }: BatchProperties,
  { log, signal }: Pick<TaskContext<unknown>, "log" | "signal">,
): Retries {
  const covered: readonly Failed[] = { NONE: [], INPUT: ["input"], ALL: ["input", "database"] }[retryScope] as Failed[];
  let used = 0;
  return {
    wait: async (failed, error) => {
      if (!covered.includes(failed) || used >= maxRetries || signal.aborted) return false;
      used += 1;
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(`Try ${used} of ${maxRetries} follows in ${retryBackoff} ms: ${reason}`);
      await delay(retryBackoff, undefined, { signal });
      return true;
    },
  };
}
