import { text } from "@capstan/sdk";
import type { Driver, LoadDriver } from "../../connection.ts";
import type { MysqlFlavour } from "./address.ts";
import { openMysql, openMysqlLoad } from "./open.ts";

const MYSQL: MysqlFlavour = {
  schemes: ["mysql"],
  port: 3306,
  example: "jdbc:mysql://localhost:3306/shop",
};

const MARIADB: MysqlFlavour = {
  schemes: ["mariadb", "mysql"],
  port: 3306,
  example: "jdbc:mariadb://localhost:3306/shop",
};

export const mysql: LoadDriver = {
  ...protocolOf(MYSQL),
  name: "mysql",
  title: "MySQL",
  nameQuote: "`",
  valuesMax: 65_535,
  upsertExample: "INSERT INTO orders (id, state) VALUES (?, ?) ON DUPLICATE KEY UPDATE state = VALUES(state)",
  openLoad: (properties, context) => openMysqlLoad(properties, MYSQL, context),
};

export const mariadb: Driver = { ...protocolOf(MARIADB), name: "mariadb", title: "MariaDB" };

/** What MySQL and MariaDB have in common. */
function protocolOf(flavour: MysqlFlavour) {
  return {
    exampleUrl: flavour.example,
    claimExample:
      "sql: SELECT * FROM orders WHERE state = 'NEW' FOR UPDATE\nafterSQL: UPDATE orders SET state = 'SEEN' WHERE state = 'NEW'\n",
    dialect: {
      backslashes: true,
      backticks: true,
      brackets: false,
      dollarQuotes: false,
      hashComments: true,
      nestedComments: false,
    },
    hasTransactions: true,
    placeholders: "?",
    hasVariables: true,
    queryProperties: () => ({
      inputFile: text()
        .optional()
        .describe(
          "Address of a file for `LOAD DATA LOCAL INFILE '{{ inputFile }}'`. No other file is ever given to the server.",
        ),
    }),
    triggerProperties: () => ({}),
    open: (properties, context) => openMysql(properties, flavour, context),
  } satisfies Partial<Driver>;
}
