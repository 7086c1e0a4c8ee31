import { defineTask, TaskFailure, text } from "@capstan/sdk";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { POSTGRES } from "./driver.ts";
import { copyOptions, copyProperties, copyTable } from "./copy-options.ts";
import { startCopy } from "./start-copy.ts";
import { postgresFailure } from "./failure.ts";

/** Streams a file into a table with COPY: all of its rows, or none. */
export const copyIn = defineTask({
  type: "io.kestra.plugin.jdbc.postgresql.CopyIn",
  title: "Copy a file into a table of PostgreSQL",
  description:
    "With COPY, the fastest way in. The file is never whole in memory, and its rows count all together or not at all.",
  properties: () =>
    z.object({
      ...copyProperties(),
      from: text().describe("Address of the file with the rows."),
    }),
  outputs: () => z.object({ rowCount: z.int().describe("How many rows were copied.") }),
  examples: [
    {
      title: "Load a CSV file",
      code: `id: load\ntype: io.kestra.plugin.jdbc.postgresql.CopyIn\nurl: ${POSTGRES.example}\nusername: app\npassword: "{{ secret('DB_PASSWORD') }}"\nfrom: "{{ outputs.download.uri }}"\ntable: orders\nformat: CSV\nheader: true\n`,
    },
  ],
  async run(context) {
    const { properties, files, signal } = context;
    const table = copyTable(properties);
    if (table === undefined) throw new TaskFailure("There is no table to copy into: give `table`.");
    const sql = `COPY ${table} FROM STDIN WITH ${copyOptions(properties)}`;
    const content = await files.read(properties.from);
    await using copying = await startCopy(context);
    const { from } = await import("pg-copy-streams");
    const stream = copying.client().query(from(sql));
    try {
      await pipeline(content, stream, { signal });
    } catch (error) {
      signal.throwIfAborted();
      // The file may fail as well as the database.
      throw content.errored === error ? error : postgresFailure(error, sql);
    }
    const { rowCount } = stream;
    context.metric({ name: "rows", type: "counter", value: rowCount });
    context.log.info(`Rows copied into ${properties.table}: ${rowCount}`);
    return { rowCount };
  },
});
