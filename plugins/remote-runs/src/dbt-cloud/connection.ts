import { dynamic, secret, type TaskContext, text } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { connectionOptions, requestOptions } from "../request-options.ts";
import type { ServiceApi } from "../service-api.ts";

const API_URL = "https://cloud.getdbt.com";

/** Which account of dbt Cloud, and who asks. */
export const connectionProperties = () => ({
  baseUrl: text()
    .default(API_URL)
    .describe(`Address of dbt Cloud, such as https://ab123.us1.dbt.com. Default: ${API_URL}.`),
  accountId: text().describe("Id of the account."),
  token: secret().describe("Token of a user or a service account."),
  maxRetries: dynamic(z.int().min(0))
    .default(3)
    .describe("How often a request that fails in passing is sent again. Default: 3."),
  initialDelayMs: dynamic(z.int().min(0))
    .default(1_000)
    .describe("Milliseconds before it is sent again, doubled each time, up to half a minute. Default: 1000."),
  parseRunResults: dynamic(z.boolean())
    .default(true)
    .describe("Whether `run_results.json` and `manifest.json` of the run are kept as files. Default: true."),
  options: requestOptions(),
});

export type ConnectionProperties = z.output<z.ZodObject<ReturnType<typeof connectionProperties>>>;

/** The API of one account of dbt Cloud. */
export function accountApi({ log, properties }: TaskContext<ConnectionProperties>): ServiceApi {
  const { baseUrl, accountId, token, options, maxRetries, initialDelayMs } = properties;
  const authorization = { Authorization: `Token ${token}` };
  return {
    name: "dbt Cloud",
    url: `${baseUrl.trim().replace(/\/+$/, "")}/api/v2/accounts/${pathPart("accountId", accountId)}`,
    furtherHeaders: options?.headers,
    headers: async () => authorization,
    options: { ...connectionOptions(options), auth: undefined },
    patience: { attempts: maxRetries + 1, delayMs: initialDelayMs },
    log,
  };
}
