import { defineTask, type Metric, rowOutputs, type TaskLogger } from "@capstan/sdk";
import { z } from "zod";
import type { Driver } from "./connection.ts";
import {
  connectionProperties,
  fetchTypeOf,
  type QueryProperties,
  queryProperties,
  unusedOutputFiles,
} from "./properties.ts";
import { type RunResult, runStatements } from "./run-statements.ts";

/** `io.kestra.plugin.jdbc.<driver>.Query`: one statement, and what becomes of its rows. */
export function queryTask(driver: Driver) {
  const type = `io.kestra.plugin.jdbc.${driver.name}.Query`;
  return defineTask({
    type,
    title: `Run one SQL statement on ${driver.title}`,
    description: driver.hasTransactions
      ? "It runs in a transaction, which is committed when the rows have been read. What the database allows outside of one only, such as VACUUM, runs without."
      : "It counts as soon as it is done: the database has no transactions.",
    properties: () =>
      z.object({
        ...connectionProperties(driver),
        ...driver.properties?.(),
        ...queryProperties(driver, "NONE", "One SQL statement. A semicolon behind it does no harm."),
        outputFiles: unusedOutputFiles(),
        ...driver.queryProperties?.(),
      }),
    outputs: () => z.object({ ...rowOutputs(), ...driver.outputs?.() }),
    examples: [
      {
        title: "Read one row",
        code: `id: count\ntype: ${type}\n${exampleOf(driver)}sql: SELECT count(*) AS orders FROM orders WHERE state = :state\nparameters:\n  state: "{{ inputs.state }}"\nfetchType: FETCH_ONE\n`,
      },
      {
        title: "Put all rows into a file",
        code: `id: export\ntype: ${type}\n${exampleOf(driver)}sql: SELECT * FROM orders\nfetchType: STORE\n`,
      },
    ],
    async run(context) {
      const properties = context.properties as unknown as QueryProperties;
      const done = await runStatements({ ...context, properties }, driver, {
        single: true,
        transaction: true,
      });
      report(context, properties, done);
      return { ...(done.results[0] ?? { size: 0 }), ...done.outputs };
    },
  });
}

/** The lines of an example that say where the database is. */
export function exampleOf({ exampleUrl, defaultUrl }: Driver): string {
  const url = `url: ${exampleUrl}\n`;
  return defaultUrl === undefined ? `${url}username: app\npassword: "{{ secret('DB_PASSWORD') }}"\n` : url;
}

/** Counts and logs the rows of a task. */
export function report(
  { metric, log }: { readonly metric: (metric: Metric) => void; readonly log: TaskLogger },
  properties: QueryProperties,
  { results, changed }: RunResult,
): void {
  const how = fetchTypeOf(properties);
  const size = results.reduce((total, result) => total + result.size, 0);
  const name = { STORE: "store.size", FETCH: "fetch.size", FETCH_ONE: "fetch.size", NONE: "records" }[how];
  metric({ name, type: "counter", value: size, tags: { fetch: how.toLowerCase() } });
  if (results.length > 0) log.info(`Rows read: ${size}`);
  if (changed > 0 || results.length === 0) log.info(`Rows changed: ${changed}`);
}
