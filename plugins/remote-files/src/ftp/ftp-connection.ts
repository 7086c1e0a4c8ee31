import { dynamic, duration, TaskFailure, text } from "@capstan/sdk";
import type { AccessOptions } from "basic-ftp";
import { z } from "zod";
import { serverOf, serverProperties } from "../connection-properties.ts";
import type { Caller, Session } from "../protocol.ts";
import { ftpFiles } from "./ftp-files.ts";

/** Of a server that says nothing. */
const SILENT_MS_MAX = 30_000;

const proxy = () => text().optional().describe("Proxies are not supported: a task with one fails.");
const waiting = (what: string) => duration().optional().describe(what);

export const ftpProperties = (usual: { readonly port: number }) => ({
  ...serverProperties(usual),
  passiveMode: dynamic(z.boolean())
    .default(true)
    .describe("Must be true: only passive transfers are supported, which go through firewalls."),
  remoteIpVerification: dynamic(z.boolean())
    .default(true)
    .describe("Whether content comes from the server itself only, and from no other host that it names."),
  options: z
    .object({
      connectionTimeout: waiting("Longest silence of the server. Default: PT30S."),
      dataTimeout: waiting("The same: the longest of these three counts for all."),
      socketTimeout: waiting("The same: the longest of these three counts for all."),
      controlKeepAliveTimeout: waiting("Says nothing: the operating system keeps the connection alive."),
      controlKeepAliveReplyTimeout: waiting("Says nothing: the operating system keeps the connection alive."),
    })
    .optional()
    .describe("How long the server may be silent."),
  proxyHost: proxy(),
  proxyPort: proxy(),
  proxyType: proxy(),
  enableSshRsa1: dynamic(z.boolean())
    .default(false)
    .meta({ deprecated: true, description: "Says nothing: FTP has no keys." }),
});

export type FtpProperties = z.output<z.ZodObject<ReturnType<typeof ftpProperties>>>;

export interface FtpProtection extends Pick<AccessOptions, "secure" | "secureOptions"> {
  readonly scheme: "ftp" | "ftps";
}

/** Connects and logs in. */
export async function openFtp(
  properties: FtpProperties,
  { scheme, ...protection }: FtpProtection,
  { signal }: Caller,
): Promise<Session> {
  if (properties.proxyHost !== undefined)
    throw new TaskFailure("Proxies are not supported for FTP: connect without one, or through a tunnel of your own.");
  if (!properties.passiveMode)
    throw new TaskFailure("Active transfers are not supported: set `passiveMode: true`, or leave it out.");
  const { host, port, shown } = serverOf(properties);
  signal.throwIfAborted();
  const { Client } = await import("basic-ftp");
  const { connectionTimeout = 0, dataTimeout = 0, socketTimeout = 0 } = properties.options ?? {};
  const silentMs = Math.max(connectionTimeout, dataTimeout, socketTimeout) || SILENT_MS_MAX;
  const client = new Client(silentMs, { allowSeparateTransferHost: !properties.remoteIpVerification });
  const close = () => client.close();
  signal.addEventListener("abort", close, { once: true });
  const dispose = () => {
    signal.removeEventListener("abort", close);
    close();
  };
  try {
    const login = { user: properties.username ?? "anonymous", password: properties.password ?? "guest" };
    await client.access({ host, port, ...login, ...protection });
    const root = properties.rootDir ? await client.pwd() : "/";
    const files = ftpFiles(client, { address: `${scheme}://${shown}`, root, signal });
    return { files, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    if (signal.aborted) throw signal.reason;
    throw connectionFailure(shown, error);
  }
}

function connectionFailure(shown: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { message, code } = error as Error & { code?: string | number };
  const isCertificate = /certificate|CERT_|SELF_SIGNED|altnames/iu.test(`${code} ${message}`);
  const hint = isCertificate
    ? "Let the worker trust the certificate's issuer (NODE_EXTRA_CA_CERTS), or set `insecureTrustAllCertificates`."
    : code === 530
      ? "Check `username` and `password`, and whether the server wants FTPS."
      : /wrong version number|packet length|ECONNRESET/iu.test(`${code} ${message}`)
        ? "Check `port` and `mode`: EXPLICIT is usual at 21, IMPLICIT at 990."
        : "Check `host` and `port`, and that the server runs.";
  const said = message.split("\n", 1)[0]!.replace(/[.!]?\s*$/u, ".");
  return new TaskFailure(`The connection to ${shown} failed: ${said} ${hint}`, { cause: error });
}
