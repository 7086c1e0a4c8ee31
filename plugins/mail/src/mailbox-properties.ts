import { dynamic, duration, secret, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

export const mailboxProperties = () => ({
  protocol: dynamic(z.enum(["IMAP", "POP3"]))
    .default("IMAP")
    .describe("How the server is spoken to. Default: IMAP."),
  host: text().describe("Name of the mail server."),
  port: dynamic(z.int().min(1).max(65_535))
    .optional()
    .describe("Its port. Default: 993 for IMAP and 995 for POP3; 143 and 110 without `ssl`."),
  username: text().describe("Name at the server."),
  password: secret().describe("Password at the server."),
  folder: text().default("INBOX").describe("The folder to look into; POP3 knows INBOX only. Default: INBOX."),
  ssl: dynamic(z.boolean())
    .default(true)
    .describe(
      "Whether the connection begins with TLS. Without it, IMAP takes TLS where the server has it, and POP3 sends everything for everybody to read. Default: true.",
    ),
  trustAllCertificates: dynamic(z.boolean())
    .default(false)
    .describe("Whether any certificate will do. Then anybody may be the server. Default: false."),
  interval: duration().default(60_000).describe("Time between two looks at the folder. Default: PT60S."),
});

export type MailboxProperties = z.output<z.ZodObject<ReturnType<typeof mailboxProperties>>>;

/** Where and as whom to connect. */
export interface Login {
  readonly host: string;
  readonly port: number;
  /** For messages. */
  readonly shown: string;
  readonly username: string;
  readonly password: string;
  readonly folder: string;
  readonly isTls: boolean;
  readonly isChecked: boolean;
}

/** What a server or a connection did, with what to do about it. */
export function connectionFailure({ shown }: Pick<Login, "shown">, error: unknown, isLogin: boolean): unknown {
  if (error instanceof TaskFailure || !(error instanceof Error)) return error;
  const { message, code = "", responseText } = error as Error & { code?: string; responseText?: string };
  const said = (responseText ?? message).split("\n", 1)[0]!.replace(/[.!]?\s*$/u, ".");
  const hint = isLogin
    ? "Check `username` and `password`; many providers want a password made for programs."
    : /certificate|CERT_|SELF_SIGNED|altnames/iu.test(`${code} ${message}`)
      ? "Let the worker trust the certificate's issuer (NODE_EXTRA_CA_CERTS), or set `trustAllCertificates`."
      : "Check `host`, `port` and `ssl`, and that the server runs.";
  return new TaskFailure(`The connection to ${shown} failed: ${said} ${hint}`, { cause: error });
}
