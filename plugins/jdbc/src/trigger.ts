import { defineTrigger, duration, rowOutputs, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import type { Driver } from "./connection.ts";
import { connectionProperties, fetchTypeOf, type QueryProperties, queryProperties } from "./properties.ts";
import { exampleOf } from "./query.ts";
import { runStatements } from "./run-statements.ts";

/** `io.kestra.plugin.jdbc.<driver>.Trigger`: asks again and again, and starts the flow when there are rows. */
export function queryTrigger(driver: Driver) {
  const type = `io.kestra.plugin.jdbc.${driver.name}.Trigger`;
  return defineTrigger({
    type,
    title: `Start the flow when a query on ${driver.title} answers rows`,
    description: driver.hasTransactions
      ? "The flow starts at each question that has rows for an answer. So that the same rows don't start it again, mark them: with `UPDATE … RETURNING` as the query, or with `afterSQL` for rows that are locked. It is committed before the flow starts."
      : "The flow starts at each question that has rows for an answer. So that the same rows don't start it again, ask for those of a time, or mark them with `afterSQL`; the database has no transactions, so that rows which come between the two are marked as well.",
    properties: () =>
      z.object({
        interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
        ...connectionProperties(driver),
        ...driver.properties?.(),
        ...queryProperties(driver, "FETCH", "One SQL statement. NONE is no `fetchType` here."),
        ...(driver.triggerProperties ?? driver.queryProperties)?.(),
      }),
    outputs: () => z.object({ ...rowOutputs(), ...driver.outputs?.() }),
    examples: [
      {
        title: "Start when there are new orders",
        code: `id: new-orders\ntype: ${type}\n${exampleOf(driver)}interval: PT1M\n${driver.claimExample}fetchType: FETCH\n`,
      },
    ],
    async poll(context) {
      const properties = context.properties as unknown as QueryProperties;
      if (fetchTypeOf(properties) === "NONE")
        throw new TaskFailure(
          "A trigger can't have `fetchType: NONE`: the flow is started for rows. Use FETCH, FETCH_ONE or STORE.",
        );
      const { results, outputs } = await runStatements({ ...context, properties }, driver, {
        single: true,
        transaction: true,
      });
      const [rows] = results;
      if (rows === undefined || rows.size === 0) return undefined;
      context.log.info(`Rows read: ${rows.size}`);
      return { variables: { ...rows, ...outputs } };
    },
  });
}
