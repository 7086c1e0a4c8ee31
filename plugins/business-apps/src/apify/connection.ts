import { secret, type TaskContext, text } from "@capstan/sdk";
import { addressBelow, callVendor, exchangeOptions, given, httpOptions, type VendorCall } from "@capstan/sdk/http";
import type { z } from "zod";

/** Who asks, and where, for all types of Apify. */
export const connection = () => ({
  apiToken: secret().describe("A token of the account."),
  endpointOverride: text()
    .optional()
    .describe("Address of a server in place of Apify's own, such as a gateway. Default: https://api.apify.com."),
  options: httpOptions()
    .optional()
    .describe("How to connect. A status from 400 on fails, whatever is allowed here; `auth` is not looked at."),
});

export interface ApifyConnection {
  readonly apiToken: string;
  readonly endpointOverride?: string | undefined;
  readonly options?: z.output<ReturnType<typeof httpOptions>> | undefined;
}

/** Calls the API. Throws `TaskFailure` as `callVendor` does. */
export async function callApify<Answer>(
  { properties, signal }: Pick<TaskContext<ApifyConnection>, "properties" | "signal">,
  call: Pick<VendorCall<Answer>, "what" | "method" | "params" | "body" | "answer"> & { readonly path: string },
): Promise<Answer> {
  const { path, ...rest } = call;
  const { apiToken, endpointOverride, options } = properties;
  const { value } = await callVendor(signal, {
    ...rest,
    url: addressBelow(given(endpointOverride) ?? "https://api.apify.com", `/v2${path}`),
    options: { ...exchangeOptions({ options }), auth: { type: "BEARER", token: apiToken.trim() } },
    adviceFor: (status) =>
      status === 402 ? "The credit of the account is used up, or its plan doesn't have this." : undefined,
  });
  return value;
}
