import type { Driver } from "../../connection.ts";
import { timeZoneOf } from "../../values/date-times.ts";
import { druidAddress, EXAMPLE_URL } from "./address.ts";
import { druidConnection } from "./connection.ts";

export const druid: Driver = {
  name: "druid",
  title: "Apache Druid",
  exampleUrl: EXAMPLE_URL,
  claimExample: "sql: SELECT * FROM orders WHERE __time >= CURRENT_TIMESTAMP - INTERVAL '1' MINUTE\n",
  hasTransactions: false,
  dialect: {
    backslashes: false,
    backticks: false,
    brackets: false,
    dollarQuotes: false,
    hashComments: false,
    nestedComments: false,
  },
  placeholders: "?",
  open: async (properties, context) => {
    const zone = timeZoneOf(properties.timeZoneId);
    return druidConnection(druidAddress(properties, context), zone, context.signal);
  },
};
