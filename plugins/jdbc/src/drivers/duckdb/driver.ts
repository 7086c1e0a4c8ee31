import { anyValue, dynamic, listOrText, text } from "@capstan/sdk";
import { z } from "zod";
import type { Driver } from "../../connection.ts";
import { openDuckdb } from "./open.ts";

const fileProperties = () => ({
  inputFiles: anyValue()
    .optional()
    .describe(
      "Files of the working folder: a map of names and contents, or addresses of stored files. SQL reads them as '{{ workingDir }}/name', or by their name.",
    ),
  outputFiles: listOrText()
    .optional()
    .describe(
      "Names of files that the SQL writes, such as `COPY … TO '{{ outputFiles['orders.csv'] }}'`. They are the output `outputFiles`.",
    ),
  databaseUri: text()
    .optional()
    .describe("Address of a stored database. It is copied to the place that `url` names before anything runs."),
  outputDbFile: dynamic(z.boolean())
    .default(false)
    .describe("Whether the database is stored when all is committed; its address is the output `databaseUri`."),
  communityExtensions: listOrText()
    .default(["ion"])
    .describe(
      "Extensions of DuckDB's community, which are downloaded. For `ion` nothing is: `read_ion('path')` reads files of rows as they are stored here. Default: `ion`.",
    ),
});

export const duckdb: Driver = {
  name: "duckdb",
  title: "DuckDB",
  exampleUrl: "jdbc:duckdb:shop.db",
  defaultUrl: "jdbc:duckdb:",
  claimExample: "sql: SELECT * FROM read_csv('https://example.com/orders.csv') WHERE state = 'NEW'\n",
  dialect: {
    backslashes: false,
    backticks: false,
    brackets: false,
    dollarQuotes: true,
    hashComments: false,
    nestedComments: true,
  },
  hasTransactions: true,
  placeholders: "$n",
  hasVariables: true,
  queryProperties: fileProperties,
  outputs: () => ({
    databaseUri: z.string().optional().describe("The file of the database, with `outputDbFile`."),
    outputFiles: z
      .record(z.string(), z.string())
      .optional()
      .describe("Addresses of the files of `outputFiles`, by their names."),
  }),
  open: (properties, context) => openDuckdb(properties, context),
};
