import { anyMap, dynamic, secret, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

const CONNECT_MS = 10_000;
const READ_MS = 60_000;

const milliseconds = (standard: number) => dynamic(z.int().positive()).default(standard);

/** Where a repository is, and how it is reached. */
export const connectionProperties = () => ({
  url: text().optional().describe("Address of the repository: https://…, ssh://… or git@host:path."),
  username: text().optional().describe("Name at the server. For a token, what the server asks for beside it."),
  password: secret().optional().describe("Password, or a token."),
  privateKey: secret().optional().describe("Private key for SSH, in PEM or in the form of OpenSSH."),
  passphrase: secret().optional().describe("Passphrase of the private key."),
  trustedCaPemPath: text().optional().describe("Path of certificates, on the worker, that are trusted over HTTPS."),
  noProxy: dynamic(z.boolean()).default(false).describe("Whether the proxies of the worker are passed by."),
  connectTimeout: milliseconds(CONNECT_MS).describe("Longest wait for a connection over SSH, in milliseconds."),
  readTimeout: milliseconds(READ_MS).describe("Longest silence of the server over HTTP, in milliseconds."),
  gitConfig: anyMap().optional().describe("Settings of Git: names such as `http.version`, and values."),
  cloneSubmodules: dynamic(z.boolean()).default(false).describe("Whether submodules are fetched too."),
  kestraUrl: ignored(text()),
  auth: ignored(anyMap()),
});

function ignored<Schema extends z.ZodType>(schema: Schema) {
  return schema.optional().meta({
    deprecated: true,
    description: "Accepted for compatibility, without effect: tasks reach their own server.",
  });
}

export type Connection = z.output<z.ZodObject<ReturnType<typeof connectionProperties>>>;

/** An address without what logs in with it, which goes apart. */
export interface Remote {
  readonly url: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const PROTOCOLS = new Set(["http:", "https:", "ssh:", "git:"]);

/** Throws `TaskFailure` for what is no address of a server. */
export function remoteOf({ url, username, password }: Connection): Remote {
  const written = url?.trim() ?? "";
  if (/^[\w.-]+@[\w.-]+:[^/-]/.test(written)) return { url: written, username: undefined, password: undefined };
  const parsed = URL.canParse(written) ? new URL(written) : undefined;
  if (parsed === undefined || !PROTOCOLS.has(parsed.protocol) || parsed.hostname.startsWith("-"))
    throw new TaskFailure(
      "`url` is no address of a repository. Give one such as https://example.com/team/flows.git or git@example.com:team/flows.git.",
    );
  const isHttp = parsed.protocol.startsWith("http");
  const own = { username: decodeURIComponent(parsed.username), password: decodeURIComponent(parsed.password) };
  parsed.password = "";
  if (isHttp) parsed.username = "";
  return {
    url: parsed.href,
    username: username ?? (own.username === "" ? undefined : own.username),
    password: password ?? (own.password === "" ? undefined : own.password),
  };
}
