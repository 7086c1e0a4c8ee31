import type { ConnectionProperties, DatabaseContext, Driver, LoadDriver } from "../../connection.ts";
import type { Dialect } from "../../sql/tokenize.ts";
import { timeZoneOf } from "../../values/date-times.ts";
import { type PostgresFlavour, postgresAddress } from "./address.ts";
import { connectPostgres } from "./connect.ts";
import { tlsProperties } from "./tls.ts";
import { postgresConnection, postgresLoad } from "./connection.ts";

export const POSTGRES_DIALECT: Dialect = {
  backslashes: false,
  backticks: false,
  brackets: false,
  dollarQuotes: true,
  hashComments: false,
  nestedComments: true,
};

export const POSTGRES: PostgresFlavour = {
  schemes: ["postgresql", "postgres"],
  port: 5432,
  example: "jdbc:postgresql://localhost:5432/shop",
};

const REDSHIFT: PostgresFlavour = {
  schemes: ["redshift", "postgresql"],
  port: 5439,
  example: "jdbc:redshift://cluster.eu-central-1.redshift.amazonaws.com:5439/dev",
};

export const postgresql: LoadDriver = {
  ...protocolOf(POSTGRES),
  name: "postgresql",
  title: "PostgreSQL",
  claimExample: "sql: UPDATE orders SET state = 'SEEN' WHERE state = 'NEW' RETURNING *\n",
  properties: tlsProperties,
  nameQuote: '"',
  valuesMax: 65_535,
  upsertExample: "INSERT INTO orders (id, state) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state",
  openLoad: async (properties, context) => {
    const session = await connect(POSTGRES, properties, context, { pipeline: true });
    return postgresLoad(session);
  },
};

export const redshift: Driver = {
  ...protocolOf(REDSHIFT),
  name: "redshift",
  title: "Amazon Redshift",
  claimExample:
    "sql: SELECT * FROM orders WHERE day = :day\nparameters:\n  day: \"{{ now() | date('yyyy-MM-dd') }}\"\n",
};

/** What all servers of the protocol of PostgreSQL have in common. */
function protocolOf(flavour: PostgresFlavour) {
  return {
    exampleUrl: flavour.example,
    dialect: POSTGRES_DIALECT,
    hasTransactions: true,
    placeholders: "$n",
    open: async (properties, context) => {
      const zone = timeZoneOf(properties.timeZoneId);
      const session = await connect(flavour, properties, context);
      return postgresConnection(session, zone);
    },
  } satisfies Partial<Driver>;
}

function connect(
  flavour: PostgresFlavour,
  properties: ConnectionProperties,
  { signal, log, ...context }: DatabaseContext,
  options: { readonly pipeline?: boolean } = {},
) {
  const address = postgresAddress(properties, flavour, { ...context, log });
  return connectPostgres(address, { ...options, signal, onNotice: (text) => log.debug(text) });
}
