import type { Driver } from "../../connection.ts";
import { timeZoneOf } from "../../values/date-times.ts";
import { EXAMPLE_URL, pinotAddress } from "./address.ts";
import { pinotConnection } from "./connection.ts";
import { placeWithLiteral } from "./literals.ts";

export const pinot: Driver = {
  name: "pinot",
  title: "Apache Pinot",
  exampleUrl: EXAMPLE_URL,
  claimExample: "sql: SELECT * FROM orders WHERE created_at >= ago('PT1M') LIMIT 1000\n",
  hasTransactions: false,
  dialect: {
    backslashes: false,
    backticks: false,
    brackets: false,
    dollarQuotes: false,
    hashComments: false,
    nestedComments: false,
  },
  placeholders: placeWithLiteral,
  hasLiterals: true,
  open: async (properties, context) => {
    timeZoneOf(properties.timeZoneId); // Points in time that know of a zone there are none; a wrong name is told all the same.
    return pinotConnection(pinotAddress(properties, context), context.signal);
  },
};
