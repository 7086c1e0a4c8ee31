import { dynamic, secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { isIP, Socket } from "node:net";
import type { SendMailOptions } from "nodemailer";
import { z } from "zod";

const SESSION_MS = 10_000;

/** How each strategy protects the connection, and the port that it is usual at. */
const STRATEGIES = {
  SMTP: { secure: false, requireTLS: false, port: 25 },
  SMTP_TLS: { secure: false, requireTLS: true, port: 587 },
  SMTPS: { secure: true, requireTLS: true, port: 465 },
  SMTP_OAUTH2: { secure: false, requireTLS: true, port: 587 },
} as const;

/** Which server takes the mail, and who sends it. */
export const serverProperties = () => ({
  host: text().optional().describe("Name of the mail server."),
  port: dynamic(z.int().min(1).max(65_535))
    .optional()
    .describe("Its port. Default: 465 for SMTPS, 587 for SMTP_TLS and SMTP_OAUTH2, 25 for SMTP."),
  username: text().optional().describe("Name at the server."),
  password: secret().optional().describe("Password at the server."),
  accessToken: secret().optional().describe("Token for SMTP_OAUTH2, in place of a password."),
  transportStrategy: dynamic(z.enum(["SMTP", "SMTP_TLS", "SMTPS", "SMTP_OAUTH2"]))
    .default("SMTPS")
    .describe(
      "How it is spoken to: SMTPS (TLS from the start), SMTP_TLS (STARTTLS, or not at all), SMTP (STARTTLS where the server has it) or SMTP_OAUTH2 (as SMTP_TLS, with a token).",
    ),
  sessionTimeout: dynamic(z.int().positive())
    .default(SESSION_MS)
    .describe("Longest silence of the server, in milliseconds."),
  verifyServerIdentity: dynamic(z.boolean())
    .default(true)
    .describe("Whether the server's certificate is checked. Without that, anybody may be the server."),
  trustedHosts: dynamic(z.array(text())).optional().describe("Hosts whose certificates are not checked."),
});

export type Server = z.output<z.ZodObject<ReturnType<typeof serverProperties>>>;

/** Hands a mail to the server; answers what that said. Throws `TaskFailure` when it refuses; a kill closes the connection. */
export async function sendMail(
  { properties, signal }: Pick<TaskContext<Server>, "properties" | "signal">,
  mail: SendMailOptions,
): Promise<string> {
  const { host = "", transportStrategy } = properties;
  if (host === "") throw new TaskFailure("`host` is missing: give the name of the mail server.");
  const { createTransport } = await import("nodemailer");
  const { port: usualPort, ...protection } = STRATEGIES[transportStrategy];
  const login = loginOf(properties);
  const { port = usualPort, sessionTimeout } = properties;
  const connection = new Socket();
  const close = () => connection.destroy();
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    await connected(connection, { host, port, timeoutMs: sessionTimeout });
    const transport = createTransport({
      connection,
      host,
      port,
      ...protection,
      ...login,
      tls: { rejectUnauthorized: isChecked(properties, host), ...(isIP(host) === 0 && { servername: host }) },
      greetingTimeout: sessionTimeout,
      socketTimeout: sessionTimeout,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    return (await transport.sendMail(mail)).response;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new TaskFailure(`The mail was not taken by ${host}: ${reasonOf(error)}`, { cause: error });
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

/** A socket of our own, which a kill can close. */
function connected(
  socket: Socket,
  { host, port, timeoutMs }: { readonly host: string; readonly port: number; readonly timeoutMs: number },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`there is no connection within ${timeoutMs} ms`)));
  socket.once("error", reject);
  socket.once("close", () => reject(new Error("the connection was closed")));
  socket.connect({ host, port }, () => {
    socket.setTimeout(0);
    socket.removeAllListeners();
    resolve();
  });
  return promise;
}

function isChecked({ verifyServerIdentity, trustedHosts = [] }: Server, host: string): boolean {
  return verifyServerIdentity && !trustedHosts.includes(host);
}

function loginOf({ transportStrategy, username, password, accessToken }: Server) {
  if (transportStrategy === "SMTP_OAUTH2") {
    if (username === undefined || accessToken === undefined)
      throw new TaskFailure("SMTP_OAUTH2 needs `username` and `accessToken`.");
    return { auth: { type: "OAuth2" as const, user: username, accessToken } };
  }
  return username === undefined || username === "" ? {} : { auth: { user: username, pass: password ?? "" } };
}

const HINTS: Readonly<Record<string, string>> = {
  EAUTH: "Check `username` and `password`, and whether the server wants a token (SMTP_OAUTH2).",
  ESOCKET: "Check `host`, `port` and `transportStrategy`: SMTPS is usual at 465, SMTP_TLS at 587.",
  ECONNECTION: "Check `host` and `port`.",
  ETIMEDOUT: "Check `host`, `port` and `transportStrategy`, or raise `sessionTimeout`.",
  ECONNREFUSED: "Check `host` and `port`, and that the server runs.",
  ENOTFOUND: "Check `host`.",
  ETLS: "The server offers no TLS there. Check `port`, or use `transportStrategy: SMTPS`.",
  EENVELOPE: "Check `from`, `to` and `cc`.",
};

function reasonOf(error: unknown): string {
  const { message, code = "" } = error as NodeJS.ErrnoException;
  const isCertificate = /certificate|CERT_|SELF_SIGNED|altnames/i.test(`${code} ${message}`);
  const hint = isCertificate
    ? "Let the worker trust the certificate's issuer (NODE_EXTRA_CA_CERTS), or name the host in `trustedHosts`."
    : HINTS[code];
  return [message.replace(/[.!]?$/, "."), ...(hint === undefined ? [] : [hint])].join(" ");
}
