import { secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { textBody } from "@capstan/sdk/http";
import { z } from "zod";
import { exchangedToken } from "../exchanged-token.ts";
import { basicAuth, bearerAuth, connectionOptions, requestOptions } from "../request-options.ts";
import type { ServiceApi } from "../service-api.ts";
import { withoutEffect } from "../without-effect.ts";

const TOKEN_FORM = "grant_type=client_credentials&scope=all-apis";
const FORM = "application/x-www-form-urlencoded";

const OF_A_CLOUD = "ask with `token`, or with `clientId` and `clientSecret`.";

const authentication = () =>
  z.object({
    token: secret().optional().describe("Personal access token."),
    clientId: text().optional().describe("Id of a service principal; needs `clientSecret`."),
    clientSecret: secret().optional().describe("Secret of the service principal."),
    username: text().optional().describe("Name for basic authentication, where the workspace still takes it."),
    password: secret().optional().describe("Password for basic authentication."),
    authType: withoutEffect(text(), "what is given says how to authenticate."),
    googleCredentials: withoutEffect(secret(), OF_A_CLOUD),
    googleServiceAccount: withoutEffect(text(), OF_A_CLOUD),
    azureClientId: withoutEffect(text(), OF_A_CLOUD),
    azureClientSecret: withoutEffect(secret(), OF_A_CLOUD),
    azureTenantId: withoutEffect(text(), OF_A_CLOUD),
  });

/** Which workspace, and who asks. */
export const workspaceProperties = () => ({
  host: text().describe("Address of the workspace, such as https://dbc-1.cloud.databricks.com."),
  authentication: authentication()
    .optional()
    .describe("Who asks: `token`, or `clientId` and `clientSecret` of a service principal, whose token is renewed."),
  accountId: withoutEffect(text(), "jobs belong to the workspace."),
  configFile: withoutEffect(text(), "credentials stand in `authentication`."),
  options: requestOptions(),
});

type Properties = z.output<z.ZodObject<ReturnType<typeof workspaceProperties>>>;

/** The API of a workspace. */
export function workspaceApi({ properties, log, now }: TaskContext<Properties>): ServiceApi {
  const { host, authentication: who, options } = properties;
  const auth = bearerAuth(who?.token) ?? basicAuth(who?.username, who?.password);
  const url = /^https?:\/\//.test(host.trim()) ? host : `https://${host.trim()}`;
  const api: ServiceApi = {
    name: "Databricks",
    url,
    log,
    furtherHeaders: options?.headers,
    options: connectionOptions(options, auth),
  };
  if (auth !== undefined) return api;
  const { clientId = "", clientSecret = "" } = who ?? {};
  if (clientId === "" || clientSecret === "")
    throw new TaskFailure("Databricks needs `authentication` with a `token`, or with `clientId` and `clientSecret`.");
  const asking = { ...api, options: connectionOptions(options, basicAuth(clientId, clientSecret)) };
  const request = { path: "/oidc/v1/token", content: textBody(TOKEN_FORM, FORM) };
  return { ...api, options: { ...api.options, auth: undefined }, headers: exchangedToken(asking, request, now) };
}
