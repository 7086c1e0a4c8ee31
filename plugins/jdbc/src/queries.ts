import { defineTask, dynamic, rowOutputs } from "@capstan/sdk";
import { z } from "zod";
import type { Driver } from "./connection.ts";
import { connectionProperties, type QueryProperties, queryProperties, unusedOutputFiles } from "./properties.ts";
import { exampleOf, report } from "./query.ts";
import { runStatements } from "./run-statements.ts";

/** `io.kestra.plugin.jdbc.<driver>.Queries`: statements one after the other. */
export function queriesTask(driver: Driver) {
  const type = `io.kestra.plugin.jdbc.${driver.name}.Queries`;
  return defineTask({
    type,
    title: `Run several SQL statements on ${driver.title}`,
    properties: () =>
      z.object({
        ...connectionProperties(driver),
        ...driver.properties?.(),
        ...queryProperties(
          driver,
          "NONE",
          "SQL statements with semicolons between them. Semicolons in texts, comments, names and bodies of routines separate nothing.",
        ),
        outputFiles: unusedOutputFiles(),
        ...driver.queryProperties?.(),
        transaction: dynamic(z.boolean())
          .default(true)
          .describe(
            driver.hasTransactions
              ? "Whether all statements count, or none. Otherwise each counts as soon as it is done. Default: true."
              : "Taken, and of no effect: each statement counts as soon as it is done.",
          ),
      }),
    outputs: () =>
      z.object({
        outputs: z
          .array(z.object(rowOutputs()))
          .describe("What each statement answered that answers rows, in their order."),
        ...driver.outputs?.(),
      }),
    examples: [
      {
        title: "Fill a table, and read what is in it",
        code: `id: refresh\ntype: ${type}\n${exampleOf(driver)}sql: |\n  DELETE FROM totals;\n  INSERT INTO totals SELECT state, count(*) FROM orders GROUP BY state;\n  SELECT * FROM totals;\nfetchType: FETCH\n`,
      },
    ],
    async run(context) {
      const properties = context.properties as unknown as QueryProperties;
      const done = await runStatements({ ...context, properties }, driver, {
        single: false,
        transaction: properties.transaction ?? true,
      });
      report(context, properties, done);
      return { outputs: done.results, ...done.outputs };
    },
  });
}
