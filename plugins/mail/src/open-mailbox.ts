import { TaskFailure } from "@capstan/sdk";
import type { Caller, Mailbox } from "./mailbox.ts";
import type { MailboxProperties } from "./mailbox-properties.ts";

/** The ports that are usual, with and without TLS from the start. */
const PORTS = { IMAP: { tls: 993, plain: 143 }, POP3: { tls: 995, plain: 110 } } as const;

/** Connects. Aborting the signal closes the connection. Throws `TaskFailure` that says what is wrong with it. */
export async function openMailbox(properties: MailboxProperties, caller: Caller): Promise<Mailbox> {
  const { protocol, host: written, ssl, trustAllCertificates, folder } = properties;
  const host = written.trim();
  if (host === "" || /[\s/@]/u.test(host))
    throw new TaskFailure(`\`host\` is "${written}": give the name of a server alone, such as imap.example.com.`);
  if (protocol === "POP3" && folder.toUpperCase() !== "INBOX")
    throw new TaskFailure(`POP3 knows no folder "${folder}": leave \`folder\` out, or use IMAP.`);
  const port = properties.port ?? PORTS[protocol][ssl ? "tls" : "plain"];
  const { username, password } = properties;
  const shown = `${host}:${port}`;
  const login = { host, port, shown, username, password, folder, isTls: ssl, isChecked: !trustAllCertificates };
  caller.signal.throwIfAborted();
  if (protocol === "IMAP") return (await import("./imap/imap-mailbox.ts")).openImap(login, caller);
  return (await import("./pop3/pop3-mailbox.ts")).openPop3(login, caller);
}
