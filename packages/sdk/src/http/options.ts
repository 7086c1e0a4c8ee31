import { dynamic, secret, text } from "@capstan/model";
import type { LookupFunction } from "node:net";
import { z } from "zod";
import { duration } from "../property-builders.ts";

const READ_IDLE_MS = 300_000;
const CONNECT_MS = 60_000;

const old = <Schema extends z.ZodType>(schema: Schema, instead: string) =>
  schema.optional().meta({ deprecated: true, description: `Older form of ${instead}.` });
const ignored = <Schema extends z.ZodType>(schema: Schema) =>
  schema.optional().meta({ deprecated: true, description: "Accepted for compatibility, without effect." });

const auth = () =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("BASIC"), username: text().optional(), password: secret().optional() }),
    z.object({ type: z.literal("BASIC_AUTH"), username: text().optional(), password: secret().optional() }),
    z.object({ type: z.literal("BEARER"), token: secret() }),
    z.object({ type: z.literal("DIGEST"), username: text(), password: secret() }),
  ]);

const proxyType = () => dynamic(z.enum(["DIRECT", "HTTP", "SOCKS"]));
const port = () => dynamic(z.int().min(1).max(65_535));

const LOGS = ["REQUEST_HEADERS", "REQUEST_BODY", "RESPONSE_HEADERS", "RESPONSE_BODY"] as const;

const timeout = () =>
  z.object({
    connectTimeout: duration().optional().describe("Longest wait for the connection. Default: PT1M."),
    readIdleTimeout: duration().optional().describe("Longest silence of the server. Default: PT5M."),
  });

const proxy = () =>
  z.object({
    type: proxyType().optional().describe("DIRECT (none) or HTTP."),
    address: text().optional().describe("Host of the proxy."),
    port: port().optional().describe("Port of the proxy."),
    username: text().optional().describe("Name at the proxy."),
    password: secret().optional().describe("Password at the proxy."),
  });

const ssl = () =>
  z.object({
    insecureTrustAllCertificates: dynamic(z.boolean())
      .optional()
      .describe("Whether certificates are not checked. For tests only."),
  });

/** `options` of the HTTP tasks, with the spellings of older versions. */
export const httpOptions = () =>
  z.object({
    timeout: timeout().optional().describe("Limits of waiting."),
    proxy: proxy().optional().describe("Proxy to go through."),
    auth: auth().optional().describe("How to authenticate: BASIC, BEARER or DIGEST."),
    ssl: ssl().optional().describe("How certificates are checked."),
    followRedirects: dynamic(z.boolean()).default(true).describe("Whether redirects are followed."),
    allowFailed: dynamic(z.boolean()).optional().describe("Whether a status from 400 on is no failure."),
    allowedResponseCodes: dynamic(z.array(dynamic(z.int())))
      .optional()
      .describe("Only these statuses are no failure."),
    defaultCharset: text().default("UTF-8").describe("Encoding of a body that doesn't tell it."),
    logs: dynamic(z.array(dynamic(z.enum(LOGS))))
      .optional()
      .describe("Parts of the exchange to log."),
    connectTimeout: old(duration(), "`timeout.connectTimeout`"),
    readTimeout: old(duration(), "`timeout.readIdleTimeout`"),
    readIdleTimeout: old(duration(), "`timeout.readIdleTimeout`"),
    basicAuthUser: old(text(), "`auth.username`"),
    basicAuthPassword: old(secret(), "`auth.password`"),
    proxyType: old(proxyType(), "`proxy.type`"),
    proxyAddress: old(text(), "`proxy.address`"),
    proxyPort: old(port(), "`proxy.port`"),
    proxyUsername: old(text(), "`proxy.username`"),
    proxyPassword: old(secret(), "`proxy.password`"),
    connectionPoolIdleTimeout: ignored(duration()),
    maxContentLength: ignored(dynamic(z.int())),
    logLevel: ignored(text()),
  });

export const sslOptions = () =>
  ssl().optional().meta({ deprecated: true, description: "Older form of `options.ssl`." });

export type HttpAuth =
  | { readonly type: "BASIC" | "DIGEST"; readonly username: string; readonly password: string }
  | { readonly type: "BEARER"; readonly token: string };

/** The options of one exchange, in one spelling and with defaults. */
export interface ExchangeOptions {
  readonly connectTimeoutMs: number;
  readonly readIdleTimeoutMs: number;
  readonly proxyUrl: string | undefined;
  readonly auth: HttpAuth | undefined;
  readonly trustsAllCertificates: boolean;
  readonly followsRedirects: boolean;
  readonly allowsFailed: boolean;
  readonly allowedStatuses: readonly number[] | undefined;
  readonly defaultCharset: string;
  readonly logs: ReadonlySet<(typeof LOGS)[number]>;
  /**
   * Asked before each connection, also those that redirects lead to: throws when it must not be made, and answers what looks up the
   * host's name. Workers guard all connections of plugins by themselves.
   */
  readonly admit?: ((host: string, port: number) => LookupFunction) | undefined;
  /** Properties that the limits of waiting are written as, where those are not the ones of `httpOptions()`. */
  readonly limitNames?: { readonly connect: string; readonly readIdle: string };
}

interface Written {
  readonly options?: z.output<ReturnType<typeof httpOptions>> | undefined;
  readonly allowFailed?: boolean | undefined;
  readonly sslOptions?: z.output<ReturnType<typeof sslOptions>> | undefined;
}

/** Brings the spellings of all versions together; the newer one wins. `readIdleMs` is how long a server may be silent if none says so. */
export function exchangeOptions(
  { options, allowFailed, sslOptions }: Written,
  readIdleMs = READ_IDLE_MS,
): ExchangeOptions {
  const ssl = options?.ssl ?? sslOptions;
  const { timeout } = options ?? {};
  return {
    connectTimeoutMs: timeout?.connectTimeout ?? options?.connectTimeout ?? CONNECT_MS,
    readIdleTimeoutMs: timeout?.readIdleTimeout ?? options?.readIdleTimeout ?? options?.readTimeout ?? readIdleMs,
    proxyUrl: proxyUrlOf(options),
    auth: authOf(options),
    trustsAllCertificates: ssl?.insecureTrustAllCertificates ?? false,
    followsRedirects: options?.followRedirects ?? true,
    allowsFailed: options?.allowFailed ?? allowFailed ?? false,
    allowedStatuses: options?.allowedResponseCodes,
    defaultCharset: options?.defaultCharset ?? "UTF-8",
    logs: new Set(options?.logs),
  };
}

function authOf(options: Written["options"]): HttpAuth | undefined {
  const auth = options?.auth;
  if (auth?.type === "BEARER" || auth?.type === "DIGEST") return auth;
  if (auth !== undefined) return { type: "BASIC", username: auth.username ?? "", password: auth.password ?? "" };
  if (options?.basicAuthUser === undefined && options?.basicAuthPassword === undefined) return undefined;
  return { type: "BASIC", username: options.basicAuthUser ?? "", password: options.basicAuthPassword ?? "" };
}

function proxyUrlOf(options: Written["options"]): string | undefined {
  const address = options?.proxy?.address ?? options?.proxyAddress;
  const type = options?.proxy?.type ?? options?.proxyType ?? (address === undefined ? "DIRECT" : "HTTP");
  if (address === undefined || type === "DIRECT") return undefined;
  const url = new URL(`${type === "SOCKS" ? "socks" : "http"}://${address.replace(/^\w+:\/\//, "")}`);
  url.port = String(options?.proxy?.port ?? options?.proxyPort ?? "");
  url.username = options?.proxy?.username ?? options?.proxyUsername ?? "";
  url.password = options?.proxy?.password ?? options?.proxyPassword ?? "";
  return url.href;
}
