import { anyValue, secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import {
  addressBelow,
  callVendor,
  exchangeOptions,
  given,
  httpOptions,
  serverAddress,
  textBody,
  type VendorAnswer,
  type VendorCall,
} from "@capstan/sdk/http";
import type { z } from "zod";

/** Who asks, and where, for all types of Jira. */
export const connection = () => ({
  baseUrl: text().describe("Address of Jira, such as https://acme.atlassian.net, with the context path if it has one."),
  username: text().optional().describe("The account's e-mail address (Cloud) or name; needs `password`."),
  password: secret().optional().describe("An API token of the account (Cloud), or its password."),
  accessToken: secret()
    .optional()
    .describe("An OAuth or personal access token, in place of `username` and `password`, which go before it."),
  payload: anyValue()
    .optional()
    .describe("The whole body of the request, as JSON or as a map, in place of what the other properties make."),
  options: httpOptions()
    .optional()
    .describe("How to connect. A status from 400 on fails, whatever is allowed here; `auth` is not looked at."),
  templateUri: text().optional().meta({ deprecated: true, description: "Accepted for compatibility, without effect." }),
});

export interface JiraConnection {
  readonly baseUrl: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly accessToken?: string | undefined;
  readonly payload?: unknown;
  readonly options?: z.output<ReturnType<typeof httpOptions>> | undefined;
}

/** Calls version 2 of Jira's API, which Cloud and Data Center have; the body is `payload` if there is one. Throws `TaskFailure`. */
export async function callJira<Answer>(
  { properties, signal }: Pick<TaskContext<JiraConnection>, "properties" | "signal">,
  { path, body, ...call }: Pick<VendorCall<Answer>, "what" | "method" | "body" | "answer"> & { readonly path: string },
): Promise<VendorAnswer<Answer>> {
  const { baseUrl, payload, options } = properties;
  const common = { ...exchangeOptions({ options }), auth: undefined };
  return callVendor(signal, {
    ...call,
    method: call.method ?? "POST",
    url: addressBelow(serverAddress(baseUrl), `/rest/api/2${path}`),
    headers: { Authorization: authorizationOf(properties) },
    content: textBody(hasPayload(payload) ? payloadText(payload) : JSON.stringify(body), "application/json"),
    options: common,
    adviceFor: (status) => {
      if (status === 400)
        return "Check the fields: Jira takes only those that the project's screens have, with values of their kind.";
      if (status === 404)
        return "Check the key, and that the account may see the issue: Jira answers the same for what is hidden from it.";
      return undefined;
    },
  });
}

/** Whether the body is written out; an expression that gives nothing gives none. */
export function hasPayload(payload: unknown): boolean {
  return payload !== undefined && payload !== null && !(typeof payload === "string" && payload.trim() === "");
}

function authorizationOf({ username, password, accessToken }: JiraConnection): string {
  const [name, word, token] = [given(username), given(password), given(accessToken)];
  if (name !== undefined && word !== undefined) return `Basic ${Buffer.from(`${name}:${word}`).toString("base64")}`;
  if (token !== undefined) return `Bearer ${token}`;
  throw new TaskFailure("Jira takes no request without credentials. Give `username` and `password`, or `accessToken`.");
}

function payloadText(payload: unknown): string {
  if (typeof payload !== "string") return JSON.stringify(payload);
  try {
    JSON.parse(payload);
    return payload;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TaskFailure(
      `\`payload\` is no JSON: ${reason}. Write values in it as {{ value | toJson }}, which quotes them.`,
      { cause: error },
    );
  }
}
