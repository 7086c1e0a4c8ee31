import { defineTrigger, duration, fetchType, rowOutputs, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { EXAMPLE_PLACE } from "./query.ts";
import { runStatements, statementProperties } from "./statements.ts";

/** Asks again and again, and starts the flow when there are rows. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.surrealdb.Trigger",
  title: "Start the flow when statements on SurrealDB answer rows",
  description:
    "The flow starts at each question that has rows for an answer. So that the same rows don't start it again, mark them in the same statement, with `UPDATE … RETURN AFTER`.",
  properties: () =>
    z.object({
      interval: duration().default(60_000).describe("Time between two questions. Default: PT1M."),
      ...statementProperties(),
      fetchType: fetchType("STORE").describe(
        "What becomes of the rows: STORE (a file), FETCH (the output `rows`) or FETCH_ONE (`row`). NONE is no `fetchType` here. Default: STORE.",
      ),
    }),
  outputs: () => z.object(rowOutputs()),
  examples: [
    {
      title: "Start when there are new orders",
      code: `id: new-orders\ntype: io.kestra.plugin.surrealdb.Trigger\n${EXAMPLE_PLACE}interval: PT1M\nquery: UPDATE order SET state = 'SEEN' WHERE state = 'NEW' RETURN AFTER\nfetchType: FETCH\n`,
    },
  ],
  async poll(context) {
    const { properties, log } = context;
    if (properties.fetchType === "NONE")
      throw new TaskFailure(
        "A trigger can't have `fetchType: NONE`: the flow is started for rows. Use FETCH, FETCH_ONE or STORE.",
      );
    const delivered = await runStatements(properties, context);
    if (delivered.size === 0) return undefined;
    log.info(`Rows: ${delivered.size}`);
    return { variables: { ...delivered } };
  },
});
