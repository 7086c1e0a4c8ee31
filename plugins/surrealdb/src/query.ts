import { defineTask, rowOutputs } from "@capstan/sdk";
import { z } from "zod";
import { runStatements, statementProperties } from "./statements.ts";

/** The lines of an example that say where the server is. */
export const EXAMPLE_PLACE =
  "host: db.example.com\nuseTls: true\nusername: root\npassword: \"{{ secret('SURREALDB_PASSWORD') }}\"\nnamespace: shop\ndatabase: shop\n";

/** Statements, and what becomes of their rows. */
export const query = defineTask({
  type: "io.kestra.plugin.surrealdb.Query",
  title: "Run statements on SurrealDB",
  description:
    "What all statements answer is taken together, in their order. A value that is no map is a row with the key `result`.",
  properties: () => z.object(statementProperties()),
  outputs: () => z.object(rowOutputs()),
  examples: [
    {
      title: "Read rows",
      code: `id: articles\ntype: io.kestra.plugin.surrealdb.Query\n${EXAMPLE_PLACE}query: SELECT * FROM article WHERE author = $author\nparameters:\n  author: "{{ inputs.author }}"\nfetchType: FETCH\n`,
    },
  ],
  async run(context) {
    const { properties, log, metric } = context;
    const delivered = await runStatements(properties, context);
    const tags = { fetch: properties.fetchType.toLowerCase() };
    metric({ name: "records", type: "counter", value: delivered.size, tags });
    log.info(`Rows: ${delivered.size}`);
    return { ...delivered };
  },
});
