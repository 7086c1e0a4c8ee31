import { duration, secret, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { basicAuth, bearerAuth, connectionOptions, requestOptions } from "../request-options.ts";
import type { ServiceApi } from "../service-api.ts";
import { exchangedToken } from "../exchanged-token.ts";

const TIMEOUT_MS = 10_000;
const TOKEN_PATH = "/api/v1/applications/token";

/** Where a server of Airbyte is and who asks. */
export const connectionProperties = () => ({
  url: text().describe("Address of Airbyte, such as http://airbyte.example.com:8000."),
  username: text().optional().describe("Name for basic authentication."),
  password: secret().optional().describe("Password for basic authentication."),
  token: secret().optional().describe("Token that is sent as a bearer; goes before `username`."),
  applicationCredentials: z
    .object({
      clientId: text().describe("Id of the application."),
      clientSecret: secret().describe("Secret of the application."),
    })
    .optional()
    .describe("An application of Airbyte: its token is fetched, and renewed when it expires. Goes before the others."),
  options: requestOptions(),
  httpTimeout: duration()
    .default(TIMEOUT_MS)
    .meta({ deprecated: true, description: "Longest wait for the connection. Use `options`. Default: PT10S." }),
});

export type ConnectionProperties = z.output<z.ZodObject<ReturnType<typeof connectionProperties>>>;

/** The configuration API of a server of Airbyte. */
export function serverApi({ log, now }: TaskContext<unknown>, properties: ConnectionProperties): ServiceApi {
  const { url, username, password, token, applicationCredentials, options, httpTimeout } = properties;
  const common = connectionOptions(options, bearerAuth(token) ?? basicAuth(username, password));
  const api = {
    name: "Airbyte",
    url,
    log,
    furtherHeaders: options?.headers,
    options: options?.timeout === undefined ? { ...common, connectTimeoutMs: httpTimeout } : common,
  };
  if (applicationCredentials === undefined) return api;
  const plain = { ...api, options: { ...api.options, auth: undefined } };
  const { clientId, clientSecret } = applicationCredentials;
  const request = { path: TOKEN_PATH, body: { client_id: clientId, client_secret: clientSecret } };
  return { ...plain, headers: exchangedToken(plain, request, now) };
}
