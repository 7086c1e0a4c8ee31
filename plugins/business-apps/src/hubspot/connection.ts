import { secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { addressBelow, callVendor, exchangeOptions, given, httpOptions, type VendorCall } from "@capstan/sdk/http";
import type { z } from "zod";

/** Who asks, and where, for all types of HubSpot. */
export const connection = () => ({
  apiKey: secret().optional().describe("Access token of a private app, with the scopes of what is done."),
  oauthToken: secret().optional().describe("Access token of an OAuth app. Not looked at where `apiKey` is given."),
  endpointOverride: text()
    .optional()
    .describe("Address of a server in place of HubSpot's own, such as a gateway. Default: https://api.hubapi.com."),
  options: httpOptions()
    .optional()
    .describe("How to connect. A status from 400 on fails, whatever is allowed here; `auth` is not looked at."),
});

export interface HubspotConnection {
  readonly apiKey?: string | undefined;
  readonly oauthToken?: string | undefined;
  readonly endpointOverride?: string | undefined;
  readonly options?: z.output<ReturnType<typeof httpOptions>> | undefined;
}

/** Calls the API. Throws `TaskFailure` without credentials, and as `callVendor` does. */
export async function callHubspot<Answer>(
  { properties, signal }: Pick<TaskContext<HubspotConnection>, "properties" | "signal">,
  call: Pick<VendorCall<Answer>, "what" | "method" | "params" | "body" | "answer"> & { readonly path: string },
): Promise<Answer> {
  const { path, ...rest } = call;
  const { apiKey, oauthToken, endpointOverride, options } = properties;
  const token = given(apiKey) ?? given(oauthToken);
  if (token === undefined)
    throw new TaskFailure("HubSpot takes no request without credentials. Give `apiKey` or `oauthToken`.");
  const { value } = await callVendor(signal, {
    ...rest,
    url: addressBelow(given(endpointOverride) ?? "https://api.hubapi.com", `/crm${path}`),
    options: { ...exchangeOptions({ options }), auth: { type: "BEARER", token: token.trim() } },
    adviceFor: (status) =>
      status === 409 ? "HubSpot has such a record already: its id is in the message. Update that one." : undefined,
  });
  return value;
}
