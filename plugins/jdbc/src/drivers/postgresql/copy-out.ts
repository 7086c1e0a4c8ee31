import { defineTask, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { splitStatements } from "../../sql/split-statements.ts";
import { POSTGRES, POSTGRES_DIALECT } from "./driver.ts";
import { copyOptions, copyProperties, type CopyProperties, copyTable } from "./copy-options.ts";
import { startCopy } from "./start-copy.ts";
import { postgresFailure } from "./failure.ts";

const SUFFIXES = { TEXT: "txt", CSV: "csv", BINARY: "bin" } as const;

/** Streams a table, or the rows of a query, into a file with COPY. */
export const copyOut = defineTask({
  type: "io.kestra.plugin.jdbc.postgresql.CopyOut",
  title: "Copy rows of PostgreSQL into a file",
  description: "With COPY, the fastest way out. The file is never whole in memory.",
  properties: () =>
    z.object({
      ...copyProperties(),
      sql: text().optional().describe("A query whose rows are copied, in place of `table`."),
    }),
  outputs: () =>
    z.object({
      uri: z.string().describe("The file with the rows."),
      rowCount: z.int().describe("How many rows were copied."),
    }),
  examples: [
    {
      title: "Write a query as CSV",
      code: `id: export\ntype: io.kestra.plugin.jdbc.postgresql.CopyOut\nurl: ${POSTGRES.example}\nusername: app\npassword: "{{ secret('DB_PASSWORD') }}"\nsql: SELECT id, total FROM orders\nformat: CSV\nheader: true\n`,
    },
  ],
  async run(context) {
    const { properties, files, signal } = context;
    const sql = `COPY ${sourceOf(properties)} TO STDOUT WITH ${copyOptions(properties)}`;
    await using copying = await startCopy(context);
    const { to } = await import("pg-copy-streams");
    const stream = copying.client().query(to(sql));
    // The storage may fail as well as the database.
    let refusal: unknown;
    stream.once("error", (error) => {
      refusal = error;
    });
    let uri: string;
    try {
      uri = await files.put(`rows.${SUFFIXES[properties.format]}`, stream);
    } catch (error) {
      signal.throwIfAborted();
      throw refusal === undefined ? error : postgresFailure(refusal, sql);
    }
    signal.throwIfAborted();
    const { rowCount } = stream;
    context.metric({ name: "rows", type: "counter", value: rowCount });
    context.log.info(`Rows copied into a file: ${rowCount}`);
    return { uri, rowCount };
  },
});

function sourceOf({ sql, table, columns }: CopyProperties & { readonly sql?: string | undefined }): string {
  if (sql === undefined) {
    const source = copyTable({ table, columns });
    if (source !== undefined) return source;
    throw new TaskFailure("There is nothing to copy: give `sql`, or `table`.");
  }
  if (table !== undefined) throw new TaskFailure("`sql` and `table` exclude each other: give one of them.");
  const [query, ...more] = splitStatements(sql, POSTGRES_DIALECT);
  if (query === undefined || more.length > 0) throw new TaskFailure("`sql` must be one query.");
  // On a line of its own, the bracket stays out of a comment at the end.
  return `(${query}\n)`;
}
