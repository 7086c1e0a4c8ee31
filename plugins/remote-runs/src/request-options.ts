import { textMap } from "@capstan/sdk";
import { type ExchangeOptions, exchangeOptions, httpOptions } from "@capstan/sdk/http";
import type { z } from "zod";

/** `options` of all types of this plugin. */
export const requestOptions = () =>
  httpOptions()
    .extend({ headers: textMap().optional().describe("Further headers of each request.") })
    .optional()
    .describe("How to connect. A status from 400 on fails, whatever is allowed here.");

export type RequestOptions = z.output<ReturnType<typeof requestOptions>>;

/** The options of a request. Credentials of the task's own properties, if there are any, go before those of `options.auth`. */
export function connectionOptions(options: RequestOptions, auth?: ExchangeOptions["auth"]): ExchangeOptions {
  const common = exchangeOptions({ options });
  return auth === undefined ? common : { ...common, auth };
}

/** Basic authentication, if there is anything to authenticate with. */
export function basicAuth(username = "", password = ""): ExchangeOptions["auth"] {
  return username === "" && password === "" ? undefined : { type: "BASIC", username, password };
}

/** A token that is sent as a bearer, if there is one. */
export function bearerAuth(token = ""): ExchangeOptions["auth"] {
  return token === "" ? undefined : { type: "BEARER", token };
}
