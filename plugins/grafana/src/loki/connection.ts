import { dynamic, secret, TaskFailure, text } from "@capstan/sdk";
import { addressBelow, callApi, type ExchangeOptions, exchangeOptions } from "@capstan/sdk/http";
import { z } from "zod";
import { entriesOf, type LokiAnswer, type LokiResult } from "./entries.ts";

const seconds = () => dynamic(z.int().min(1));

/** Where Loki is and who asks, for all types of it. */
export const connectionProperties = () => ({
  url: text().describe("Address of Loki, such as http://loki.example.com:3100."),
  authToken: secret().optional().describe("Token that is sent as `Authorization: Bearer`."),
  tenantId: text()
    .optional()
    .describe("Tenant to ask, where Loki has several (the header `X-Scope-OrgID`); `a|b` for two."),
  connectTimeout: seconds().default(30).describe("Longest wait for the connection, in seconds. Default: 30."),
  readTimeout: seconds().default(60).describe("Longest silence of Loki, in seconds. Default: 60."),
});

export interface Connection {
  readonly url: string;
  readonly authToken?: string | undefined;
  readonly tenantId?: string | undefined;
  /** Seconds. */
  readonly connectTimeout: number;
  /** Seconds. */
  readonly readTimeout: number;
}

/** Parameters of a query; those that are empty are not sent. */
export type QueryParameters = Readonly<Record<string, string | undefined>>;

/**
 * Asks Loki at one time (`query`) or over a range (`query_range`). Throws `TaskFailure` when it refuses, with its reason, and as
 * `callApi` does.
 */
export async function askLoki(
  signal: AbortSignal,
  connection: Connection,
  endpoint: "query" | "query_range",
  parameters: QueryParameters,
): Promise<LokiResult> {
  const { url, tenantId = "" } = connection;
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => (entry[1] ?? "") !== "");
  const answer = await callApi(signal, {
    what: "The query of Loki",
    url: addressBelow(url, `/loki/api/v1/${endpoint}`),
    params: Object.fromEntries(given),
    headers: tenantId === "" ? {} : { "X-Scope-OrgID": tenantId },
    options: optionsOf(connection),
  });
  if (!isLokiAnswer(answer))
    throw new TaskFailure("The query was answered with what Loki doesn't answer. Check that `url` is its address.");
  return { resultType: answer.data.resultType, entries: entriesOf(answer.data) };
}

function optionsOf({ authToken = "", connectTimeout, readTimeout }: Connection): ExchangeOptions {
  return {
    ...exchangeOptions({}),
    connectTimeoutMs: connectTimeout * 1_000,
    readIdleTimeoutMs: readTimeout * 1_000,
    limitNames: { connect: "connectTimeout", readIdle: "readTimeout" },
    auth: authToken === "" ? undefined : { type: "BEARER", token: authToken },
  };
}

function isLokiAnswer(answer: unknown): answer is LokiAnswer {
  const { data } = (answer ?? {}) as Partial<LokiAnswer>;
  return typeof data?.resultType === "string" && Array.isArray(data.result);
}
