import { secret, text } from "@capstan/sdk";
import type { Driver } from "../../connection.ts";
import { timeZoneOf } from "../../values/date-times.ts";
import { EXAMPLE_URL, snowflakeAddress } from "./address.ts";
import { snowflakeConnection } from "./connection.ts";
import { startSnowflakeSession } from "./session.ts";

const QUERY_TAG_CHARACTERS = 2_000;

export const snowflake: Driver = {
  name: "snowflake",
  title: "Snowflake",
  exampleUrl: EXAMPLE_URL,
  // Within a transaction, a stream of changes has the same rows for each statement.
  claimExample:
    "sql: SELECT id, total FROM orders_stream\nafterSQL: INSERT INTO orders_seen SELECT id FROM orders_stream\n",
  hasTransactions: true,
  dialect: {
    backslashes: true,
    backticks: false,
    brackets: false,
    dollarQuotes: true,
    hashComments: false,
    slashComments: true,
    nestedComments: false,
  },
  placeholders: "?",
  properties: () => ({
    privateKey: secret()
      .optional()
      .describe(
        "The RSA key of the user, in PEM (PKCS#8), with its first and last line or without. It goes before `password`.",
      ),
    privateKeyPassword: secret().optional().describe("The password of `privateKey`, if it is encrypted."),
    database: text().optional().describe("The database that statements begin with."),
    schema: text().optional().describe("The schema that statements begin with."),
    warehouse: text().optional().describe("The warehouse that runs them."),
    role: text().optional().describe("The role that they run with. Default: that of the user."),
    queryTag: text()
      .refine((tag) => tag.length <= QUERY_TAG_CHARACTERS, `has more than ${QUERY_TAG_CHARACTERS} characters`)
      .optional()
      .describe(
        `A text that the history of queries shows beside each statement, ${QUERY_TAG_CHARACTERS} characters at most.`,
      ),
  }),
  open: async (properties, context) => {
    const zone = timeZoneOf(properties.timeZoneId);
    const session = await startSnowflakeSession(snowflakeAddress(properties, context), context.signal);
    return snowflakeConnection(session, zone, context.signal);
  },
};
