import { secret, type TaskContext, TaskFailure, text, textMap } from "@capstan/sdk";
import {
  addressBelow,
  callVendor,
  exchangeOptions,
  type ExchangeOptions,
  given,
  httpOptions,
  pathPart,
  textBody,
  type VendorAnswer,
  type VendorCall,
} from "@capstan/sdk/http";
import { z } from "zod";

/** Who asks, where, and of which table, for all types of ServiceNow. */
export const connection = () => ({
  domain: text().describe(
    "Name of the instance, as in https://NAME.service-now.com, or the whole address of another one.",
  ),
  username: text().optional().describe("Name of the account. Only with `clientId` it goes without."),
  password: secret().optional().describe("Its password."),
  clientId: text()
    .optional()
    .describe(
      "Id of an OAuth application; needs `clientSecret`. A token is asked for with it: for the account, if there is one (grant `password`), " +
        "else for the application itself (grant `client_credentials`).",
    ),
  clientSecret: secret().optional().describe("Secret of the OAuth application."),
  headers: textMap().optional().describe("Further headers of the requests."),
  options: httpOptions()
    .optional()
    .describe("How to connect. A status from 400 on fails, whatever is allowed here; `auth` is not looked at."),
  table: text().describe("Name of the table, such as incident."),
});

export interface ServicenowConnection {
  readonly domain: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly options?: z.output<ReturnType<typeof httpOptions>> | undefined;
  readonly table: string;
}

export interface ServicenowCall<Answer> extends Pick<
  VendorCall<Answer>,
  "what" | "method" | "params" | "body" | "answer"
> {
  /** Of one record; without it, all of the table. */
  readonly sysId?: string;
}

/**
 * Gets the right to use the table, and answers how it is called with it. The Table API is called as often as it takes with one token.
 * Throws `TaskFailure` as `callVendor` does.
 */
export async function openTable({
  properties,
  signal,
  mask,
}: Pick<TaskContext<ServicenowConnection>, "properties" | "signal" | "mask">): Promise<
  <Answer>(call: ServicenowCall<Answer>) => Promise<VendorAnswer<Answer>>
> {
  const { table, headers = {} } = properties;
  const options = await authorized({ properties, signal, mask });
  const tableUrl = addressBelow(instanceAddress(properties.domain), `/api/now/table/${pathPart("table", table)}`);
  return ({ sysId, ...call }) =>
    callVendor(signal, {
      ...call,
      url: sysId === undefined ? tableUrl : addressBelow(tableUrl, `/${pathPart("sysId", sysId)}`),
      headers,
      options,
      adviceFor: (status) =>
        status === 404
          ? "Check the table and `sysId`, and that the account may see the record: ServiceNow answers the same for what is hidden from it."
          : undefined,
    });
}

/** The address of an instance by its name, or by its own host or address. Throws `TaskFailure` for an empty one. */
export function instanceAddress(domain: string): string {
  const name = domain.trim();
  if (/^https?:\/\//i.test(name)) return name;
  if (name === "") throw new TaskFailure("`domain` is empty. Give the name of the instance.");
  return name.includes(".") ? `https://${name}` : `https://${name}.service-now.com`;
}

async function authorized(
  context: Pick<TaskContext<ServicenowConnection>, "properties" | "signal" | "mask">,
): Promise<ExchangeOptions> {
  const { username, password, clientId, clientSecret, options } = context.properties;
  const common = { ...exchangeOptions({ options }), auth: undefined };
  const [name, word, id, idSecret] = [username, password, clientId, clientSecret].map(given);
  if (id !== undefined) {
    if (idSecret === undefined)
      throw new TaskFailure("`clientId` is given without `clientSecret`. Give both, or none.");
    const account = name !== undefined && word !== undefined ? { username: name, password: word } : undefined;
    const token = await tokenFor(context, { client_id: id, client_secret: idSecret }, account, common);
    return { ...common, auth: { type: "BEARER", token } };
  }
  if (name === undefined || word === undefined)
    throw new TaskFailure(
      "ServiceNow takes no request without credentials. Give `username` and `password`, or `clientId` and `clientSecret`.",
    );
  return { ...common, auth: { type: "BASIC", username: name, password: word } };
}

async function tokenFor(
  { properties, signal, mask }: Pick<TaskContext<ServicenowConnection>, "properties" | "signal" | "mask">,
  application: Readonly<Record<string, string>>,
  account: Readonly<Record<string, string>> | undefined,
  options: ExchangeOptions,
): Promise<string> {
  const grant = { grant_type: account === undefined ? "client_credentials" : "password", ...application, ...account };
  const { value } = await callVendor(signal, {
    what: "Getting a token of ServiceNow",
    url: addressBelow(instanceAddress(properties.domain), "/oauth_token.do"),
    headers: properties.headers ?? {},
    content: textBody(new URLSearchParams(grant).toString(), "application/x-www-form-urlencoded"),
    answer: z.object({ access_token: z.string().min(1) }),
    options,
  });
  mask(value.access_token);
  return value.access_token;
}
