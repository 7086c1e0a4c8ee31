import { defineTrigger, duration, rowOutputs, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { type CqlProperties, cqlProperties, fetchTypeOf, runCql } from "./run-cql.ts";
import { EXAMPLE_SESSION } from "./session.ts";

const TYPE = "io.kestra.plugin.cassandra.standard.Trigger";

/** Asks again and again, and starts the flow when there are rows. */
export const trigger = defineTrigger({
  type: TYPE,
  aliases: ["io.kestra.plugin.cassandra.Trigger"],
  title: "Start the flow when a statement on Apache Cassandra answers rows",
  description:
    "The flow starts at each question that has rows for an answer. So that the same ones don't start it again, let the flow mark them, or ask for those of a time.",
  properties: () =>
    z.object({
      interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
      timeZoneId: text()
        .optional()
        .describe("Time zone that points in time are shown in, such as Europe/Paris. Default: UTC, written with a Z."),
      ...cqlProperties("FETCH"),
    }),
  outputs: () => z.object(rowOutputs()),
  examples: [
    {
      title: "Start when there are new orders",
      code: `id: new-orders\ntype: ${TYPE}\n${EXAMPLE_SESSION}interval: PT5M\ncql: SELECT id, total FROM shop.orders WHERE state = 'NEW'\nfetchType: FETCH\n`,
    },
  ],
  async poll(context) {
    const properties = context.properties as CqlProperties;
    if (fetchTypeOf(properties) === "NONE")
      throw new TaskFailure(
        "A trigger can't have `fetchType: NONE`: the flow is started for rows. Use FETCH, FETCH_ONE or STORE.",
      );
    const delivered = await runCql(properties, context);
    if (delivered.size === 0) return undefined;
    context.log.info(`Rows: ${delivered.size}`);
    return { variables: { ...delivered } };
  },
});
