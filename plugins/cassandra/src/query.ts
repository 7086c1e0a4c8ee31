import { defineTask, rowOutputs } from "@capstan/sdk";
import { z } from "zod";
import { type CqlProperties, cqlProperties, fetchTypeOf, runCql } from "./run-cql.ts";
import { EXAMPLE_SESSION } from "./session.ts";

const TYPE = "io.kestra.plugin.cassandra.standard.Query";

/** One statement, and what becomes of its rows. */
export const query = defineTask({
  type: TYPE,
  aliases: ["io.kestra.plugin.cassandra.Query"],
  title: "Run one statement of CQL on Apache Cassandra",
  properties: () => z.object(cqlProperties("NONE")),
  outputs: () => z.object(rowOutputs()),
  examples: [
    {
      title: "Put all rows into a file",
      code: `id: salaries\ntype: ${TYPE}\n${EXAMPLE_SESSION}cql: SELECT id, job_title, salary FROM shop.salaries\nfetchType: STORE\n`,
    },
  ],
  async run(context) {
    const properties = context.properties as CqlProperties;
    const delivered = await runCql(properties, context);
    const tags = { fetch: fetchTypeOf(properties).toLowerCase() };
    context.metric({ name: "records", type: "counter", value: delivered.size, tags });
    context.log.info(`Rows: ${delivered.size}`);
    return { ...delivered };
  },
});
