import type { Connection, ConnectionProperties, DatabaseContext, Driver } from "../../connection.ts";
import { quoteName } from "../../sql/names.ts";
import { timeZoneOf } from "../../values/date-times.ts";
import { EXAMPLE_URL, hanaAddress } from "./address.ts";
import { connectHana } from "./connect.ts";
import { hanaConnection } from "./connection.ts";

export const hana: Driver = {
  name: "hana",
  title: "SAP HANA",
  exampleUrl: EXAMPLE_URL,
  claimExample:
    "sql: SELECT * FROM orders WHERE state = 'NEW' FOR UPDATE\nafterSQL: UPDATE orders SET state = 'SEEN' WHERE state = 'NEW'\n",
  hasTransactions: true,
  dialect: {
    backslashes: false,
    backticks: false,
    brackets: false,
    dollarQuotes: false,
    hashComments: false,
    nestedComments: false,
  },
  placeholders: "?",
  open,
};

async function open(properties: ConnectionProperties, context: DatabaseContext): Promise<Connection> {
  timeZoneOf(properties.timeZoneId);
  const address = hanaAddress(properties, context);
  const session = await connectHana(address, context.signal);
  const connection = hanaConnection(session, (text) => context.log.warn(text));
  if (address.schema === undefined) return connection;
  try {
    await connection.query({ sql: `SET SCHEMA ${quoteName(address.schema, '"')}`, values: [] }, { fetchSize: 1 });
    return connection;
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
}
