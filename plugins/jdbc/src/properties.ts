import { anyMap, dynamic, type FetchType, fetchType, listOrText, renderedLater, secret, text } from "@capstan/sdk";
import { z } from "zod";
import type { Driver } from "./connection.ts";

const FETCH_SIZE = 10_000;
const FETCH_SIZE_MAX = 1_000_000;

type UrlOf = Pick<Driver, "title" | "exampleUrl" | "defaultUrl">;

/** Where a database is, and who comes in. */
export const placeProperties = ({ title, exampleUrl, defaultUrl }: UrlOf) => {
  const url = text().describe(`Address of ${title}, such as \`${exampleUrl}\`.`);
  return {
    url: (defaultUrl === undefined ? url : url.default(defaultUrl)) as ReturnType<typeof text>,
    username: text().optional().describe("Who connects."),
    password: secret().optional().describe("The password of the user. It is masked in logs."),
  };
};

/** Properties of all types that talk to a database. */
export const connectionProperties = (driver: UrlOf) => ({
  ...placeProperties(driver),
  timeZoneId: text()
    .optional()
    .describe("Time zone that points in time are shown in, such as Europe/Paris. Default: UTC, written with a Z."),
  connectionPooling: dynamic(z.boolean())
    .default(true)
    .describe("Taken, and of no effect: each run has one connection of its own, which ends with it."),
  connectionPoolSize: dynamic(z.int()).default(10).describe("Taken, and of no effect."),
});
export type ConnectionProperties = Partial<z.output<z.ZodObject<ReturnType<typeof connectionProperties>>>> & {
  readonly url: string;
};

const legacyFetch = (how: FetchType) =>
  dynamic(z.boolean())
    .default(false)
    .meta({ deprecated: true, description: `\`fetchType: ${how}\`, whatever \`fetchType\` says.` });

/** Properties of queries and of the trigger. */
export const queryProperties = (driver: Driver, standard: FetchType, sql: string) => ({
  sql: (driver.hasVariables === true ? renderedLater() : text()).describe(sql),
  afterSQL: (driver.hasVariables === true ? renderedLater() : text())
    .optional()
    .describe(
      `SQL that runs when the rows have been read${driver.hasTransactions ? ", in the same transaction" : ""}.`,
    ),
  fetchType: fetchType(standard),
  fetch: legacyFetch("FETCH"),
  fetchOne: legacyFetch("FETCH_ONE"),
  store: legacyFetch("STORE"),
  fetchSize: dynamic(z.int().min(1).max(FETCH_SIZE_MAX))
    .default(FETCH_SIZE)
    .describe(`How many rows come from the database at once, ${FETCH_SIZE_MAX} at most. Default: ${FETCH_SIZE}.`),
  parameters: anyMap()
    .optional()
    .describe(
      driver.hasLiterals === true
        ? "Values for `:name` in the SQL. Each is sent as one literal, whatever is in it."
        : "Values for `:name` in the SQL. They are sent beside the statement, and never become a part of it.",
    ),
});

/** `outputFiles` of tasks whose database writes none. */
export const unusedOutputFiles = () =>
  listOrText().optional().describe("Taken, and of no effect: this database writes no files into the working folder.");

export type QueryProperties = ConnectionProperties &
  z.output<z.ZodObject<ReturnType<typeof queryProperties>>> & { readonly transaction?: boolean };

/** What becomes of the rows: the older booleans go before `fetchType`. */
export function fetchTypeOf(
  properties: Pick<QueryProperties, "fetch" | "fetchOne" | "store" | "fetchType">,
): FetchType {
  if (properties.fetch) return "FETCH";
  if (properties.fetchOne) return "FETCH_ONE";
  return properties.store ? "STORE" : properties.fetchType;
}
