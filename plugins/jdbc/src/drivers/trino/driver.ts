import type { Driver } from "../../connection.ts";
import { timeZoneOf } from "../../values/date-times.ts";
import { EXAMPLE_URL, trinoAddress } from "./address.ts";
import { trinoConnection } from "./connection.ts";
import { trinoSession } from "./session.ts";

export const trino: Driver = {
  name: "trino",
  title: "Trino",
  exampleUrl: EXAMPLE_URL,
  claimExample: "sql: SELECT * FROM orders WHERE created_at >= current_timestamp - INTERVAL '1' MINUTE\n",
  hasTransactions: false,
  dialect: {
    backslashes: false,
    backticks: false,
    brackets: false,
    dollarQuotes: true,
    hashComments: false,
    nestedComments: false,
  },
  placeholders: "?",
  hasLiterals: true,
  open: async (properties, context) => {
    const zone = timeZoneOf(properties.timeZoneId);
    const session = trinoSession(trinoAddress(properties, context), zone, context.signal);
    return trinoConnection(session, zone, context.signal);
  },
};
