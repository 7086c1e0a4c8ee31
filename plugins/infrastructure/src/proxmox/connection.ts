import { dynamic, secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { callVendor, exchangeOptions, type ExchangeOptions, given, textBody, type VendorCall } from "@capstan/sdk/http";
import { z } from "zod";

/** Who asks, and where, for all types of Proxmox VE. */
export const connection = () => ({
  host: text().describe(
    "Name or address of a machine of the cluster, or its whole address such as https://pve.example.com:8006.",
  ),
  port: dynamic(z.int().min(1).max(65_535))
    .default(8_006)
    .describe("Port of the API. Not looked at where `host` is a whole address. Default: 8006."),
  node: text().describe("Name of the node that is asked for, such as `pve`."),
  username: text().optional().describe("Account with its realm, such as root@pam; needs `password`."),
  password: secret().optional().describe("Its password."),
  tokenId: text()
    .optional()
    .describe(
      "Id of an API token, such as root@pam!capstan; needs `tokenSecret`, and counts where an account is given too.",
    ),
  tokenSecret: secret().optional().describe("Secret of the API token."),
  verifySsl: dynamic(z.boolean())
    .default(false)
    .describe(
      "Whether the certificate of the server must be one that the worker trusts. Default: false, as Proxmox makes its own; set it to true wherever it can be.",
    ),
});

export interface ProxmoxConnection {
  readonly host: string;
  readonly port: number;
  readonly node: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly tokenId?: string | undefined;
  readonly tokenSecret?: string | undefined;
  readonly verifySsl: boolean;
}

export type ProxmoxContext = Pick<TaskContext<ProxmoxConnection>, "properties" | "signal" | "mask" | "log">;

export interface ProxmoxCall<Data> extends Pick<VendorCall<Data>, "what" | "params"> {
  readonly method?: "GET" | "POST" | "DELETE";
  /** Below `/api2/json`, each part of it encoded. */
  readonly path: string;
  /** Sent as a form; absent for none. */
  readonly form?: Readonly<Record<string, string>>;
  readonly data: z.ZodType<Data>;
}

/** Asks a cluster as somebody it knows. */
export type Proxmox = <Data>(call: ProxmoxCall<Data>) => Promise<Data>;

/** Gets the right to ask, and answers how it is done. Throws `TaskFailure` as `callVendor` does. */
export async function openProxmox({ properties, signal, mask }: ProxmoxContext): Promise<Proxmox> {
  const options = { ...exchangeOptions({}), trustsAllCertificates: !properties.verifySsl, followsRedirects: false };
  const credentials = await credentialsOf(properties, (call) => ask(properties, signal, options, {}, call), mask);
  return (call) =>
    ask(properties, signal, options, call.method === undefined ? credentials.reading : credentials.changing, call);
}

interface Credentials {
  readonly reading: Readonly<Record<string, string>>;
  readonly changing: Readonly<Record<string, string>>;
}

async function credentialsOf(
  properties: ProxmoxConnection,
  call: Proxmox,
  mask: (value: string) => void,
): Promise<Credentials> {
  const { username, password, tokenId, tokenSecret } = properties;
  const [name, word, id, idSecret] = [username, password, tokenId, tokenSecret].map(given);
  if (id !== undefined && idSecret !== undefined) {
    const headers = { Authorization: `PVEAPIToken=${id}=${idSecret}` };
    return { reading: headers, changing: headers };
  }
  if (name === undefined || word === undefined)
    throw new TaskFailure(
      "Proxmox takes no request without credentials. Give `username` and `password`, or `tokenId` and `tokenSecret`.",
    );
  const { ticket, CSRFPreventionToken } = await call({
    what: "Logging in at Proxmox",
    method: "POST",
    path: "/access/ticket",
    form: { username: name, password: word },
    data: z.object({ ticket: z.string(), CSRFPreventionToken: z.string() }),
  });
  for (const value of [ticket, CSRFPreventionToken]) mask(value);
  const reading = { Cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}` };
  return { reading, changing: { ...reading, CSRFPreventionToken } };
}

async function ask<Data>(
  { host, port }: ProxmoxConnection,
  signal: AbortSignal,
  options: ExchangeOptions,
  headers: Readonly<Record<string, string>>,
  { path, form, data, method = "GET", ...call }: ProxmoxCall<Data>,
): Promise<Data> {
  const written = host.trim().replace(/\/+$/, "");
  const server = /^https?:\/\//i.test(written) ? written : `https://${written}:${port}`;
  const content =
    form === undefined
      ? undefined
      : textBody(new URLSearchParams(form).toString(), "application/x-www-form-urlencoded");
  const { value } = await callVendor(signal, {
    ...call,
    method,
    url: `${server}/api2/json${path}`,
    headers,
    options,
    answer: z.object({ data }),
    ...(content !== undefined && { content }),
    adviceFor: (status) =>
      status === 401 ? "Check the account with its realm, such as root@pam, and the password or token." : undefined,
  });
  return value.data;
}
