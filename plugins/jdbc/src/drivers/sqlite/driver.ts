import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import type { Driver } from "../../connection.ts";
import { openSqlite } from "./open.ts";

const fileProperties = () => ({
  sqliteFile: text()
    .optional()
    .describe("Address of a stored database. It is copied to the place that `url` names before anything runs."),
  outputDbFile: dynamic(z.boolean())
    .default(false)
    .describe("Whether the database is stored when all is committed; its address is the output `databaseUri`."),
});

export const sqlite: Driver = {
  name: "sqlite",
  title: "SQLite",
  exampleUrl: "jdbc:sqlite:shop.db",
  defaultUrl: "jdbc:sqlite:",
  claimExample: "sql: UPDATE orders SET state = 'SEEN' WHERE state = 'NEW' RETURNING *\n",
  dialect: {
    backslashes: false,
    backticks: true,
    brackets: true,
    dollarQuotes: false,
    hashComments: false,
    nestedComments: false,
  },
  hasTransactions: true,
  placeholders: "?n",
  queryProperties: fileProperties,
  outputs: () => ({
    databaseUri: z.string().optional().describe("The file of the database, with `outputDbFile`."),
  }),
  open: (properties, context) => openSqlite(properties, context),
};
