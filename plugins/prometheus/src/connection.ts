import { secret, text, textMap } from "@capstan/sdk";
import { type ExchangeOptions, exchangeOptions, httpOptions } from "@capstan/sdk/http";
import type { z } from "zod";

/** Who asks, for all types of this plugin. */
export const credentials = () => ({
  username: text().optional().describe("Name for basic authentication; needs `password`."),
  password: secret().optional().describe("Password for basic authentication."),
  headers: textMap().optional().describe("Further headers of the request."),
});

export const requestOptions = () =>
  httpOptions()
    .optional()
    .describe("How to connect. A status from 400 on fails, whatever is allowed here; `username` goes before `auth`.");

interface Written {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly options?: z.output<ReturnType<typeof requestOptions>>;
}

/** The options of a request, with the credentials in them. */
export function connectionOptions({ username, password, options }: Written): ExchangeOptions {
  const common = exchangeOptions({ options });
  if (username === undefined || password === undefined || username === "") return common;
  return { ...common, auth: { type: "BASIC", username, password } };
}
