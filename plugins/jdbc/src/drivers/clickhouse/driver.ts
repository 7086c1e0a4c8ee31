import type { ConnectionProperties, DatabaseContext, LoadDriver } from "../../connection.ts";
import { timeZoneOf } from "../../values/date-times.ts";
import { clickhouseAddress, EXAMPLE_URL } from "./address.ts";
import { clickhouseConnection, clickhouseLoad } from "./connection.ts";
import { connectClickhouse } from "./session.ts";
import { placeWithType } from "./values.ts";

export const clickhouse: LoadDriver = {
  name: "clickhouse",
  title: "ClickHouse",
  exampleUrl: EXAMPLE_URL,
  claimExample:
    "sql: SELECT * FROM orders WHERE created_at >= now() - INTERVAL :seconds SECOND\nparameters: { seconds: 60 }\n",
  hasTransactions: false,
  dialect: {
    backslashes: true,
    backticks: true,
    brackets: false,
    dollarQuotes: true,
    hashComments: false,
    nestedComments: false,
  },
  placeholders: placeWithType,
  nameQuote: "`",
  valuesMax: 1,
  upsertExample: "INSERT INTO orders (id, state) VALUES (?, ?)",
  open: async (properties, context) => {
    const zone = timeZoneOf(properties.timeZoneId);
    return clickhouseConnection(await connect(properties, context), zone);
  },
  openLoad: async (properties, context) => clickhouseLoad(await connect(properties, context)),
};

function connect(properties: ConnectionProperties, context: DatabaseContext) {
  return connectClickhouse(clickhouseAddress(properties, context), context.signal);
}
