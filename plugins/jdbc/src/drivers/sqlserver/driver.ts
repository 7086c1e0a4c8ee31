import type { LoadDriver } from "../../connection.ts";
import { encryptionProperties } from "./address.ts";
import { openSqlServer, openSqlServerLoad } from "./open.ts";
import { EXAMPLE_URL } from "./url.ts";

export const sqlserver: LoadDriver = {
  name: "sqlserver",
  title: "SQL Server",
  exampleUrl: EXAMPLE_URL,
  claimExample: "sql: UPDATE orders SET state = 'SEEN' OUTPUT inserted.* WHERE state = 'NEW'\n",
  hasTransactions: true,
  dialect: {
    backslashes: false,
    backticks: false,
    brackets: true,
    dollarQuotes: false,
    hashComments: false,
    nestedComments: true,
    batches: true,
  },
  placeholders: (number) => `@p${number}`,
  nameQuote: '"',
  // A statement takes 2,100, of which two are its text and its declarations.
  valuesMax: 2_098,
  rowsMax: 1_000,
  upsertExample:
    "MERGE orders AS o USING (VALUES (?, ?)) AS n (id, state) ON o.id = n.id WHEN MATCHED THEN UPDATE SET state = n.state WHEN NOT MATCHED THEN INSERT (id, state) VALUES (n.id, n.state)",
  properties: encryptionProperties,
  open: openSqlServer,
  openLoad: openSqlServerLoad,
};
