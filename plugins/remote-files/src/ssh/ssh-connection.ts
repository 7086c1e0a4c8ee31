import { createHash } from "node:crypto";
import { TaskFailure, type TaskLogger, text } from "@capstan/sdk";
import type { Client, ConnectConfig } from "ssh2";
import { knownKeys } from "./known-hosts.ts";

/** Until the server must have answered and let the user in. */
const CONNECT_MS_MAX = 30_000;
/** A server that answers to none of four questions in a row is gone. */
const ALIVE_MS = 30_000;
const ALIVE_UNANSWERED_MAX = 4;

/** The default of SSH, without what rests on SHA-1. */
const HOST_KEYS = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
];
const RSA_WITH_SHA1 = "ssh-rsa";

export const knownHosts = () =>
  text()
    .optional()
    .describe(
      "Keys that the server may have, in lines as `ssh-keyscan` prints them. A server with another key is refused. Without it any key is taken, with a warning.",
    );

export interface SshLogin {
  readonly host: string;
  readonly port: number;
  /** For messages. */
  readonly shown: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly privateKey?: string | undefined;
  readonly passphrase?: string | undefined;
  /** Lines of `known_hosts`; undefined takes any key. */
  readonly knownHosts?: string | undefined;
  readonly enableSshRsa1: boolean;
  /** Names with commas. */
  readonly keyExchangeAlgorithm?: string | undefined;
}

export interface SshCaller {
  readonly signal: AbortSignal;
  readonly log: TaskLogger;
  /** What becomes of the connection when the signal aborts; it is cut by default. */
  readonly atAbort?: (client: Client) => void;
}

/** Connects. The caller ends the client; aborting the signal does as well. Throws `TaskFailure`. */
export async function connectSsh(login: SshLogin, caller: SshCaller): Promise<Client> {
  const { signal, atAbort = (client: Client) => void client.destroy() } = caller;
  signal.throwIfAborted();
  const { Client: SshClient } = await import("ssh2");
  const client = new SshClient();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stop = () => atAbort(client);
  signal.addEventListener("abort", stop, { once: true });
  const seen = { refusedKey: undefined as string | undefined };
  client.on("close", () => {
    signal.removeEventListener("abort", stop);
    reject(new Error("the server closed the connection"));
  });
  // Some errors come after the first, when nobody waits any more.
  client.on("error", reject);
  client.on("ready", resolve);
  // Servers that ask for the password in a dialogue of their own.
  client.on("keyboard-interactive", (_name, _instructions, _language, prompts, finish) =>
    finish(prompts.map(() => login.password ?? "")),
  );
  try {
    client.connect(configOf(login, caller.log, seen));
    await promise;
    return client;
  } catch (error) {
    client.destroy();
    if (signal.aborted) throw signal.reason;
    throw connectionFailure(login, error, seen.refusedKey);
  }
}

function configOf(login: SshLogin, log: TaskLogger, seen: { refusedKey: string | undefined }): ConnectConfig {
  const { host, port, username, password, privateKey, passphrase, keyExchangeAlgorithm, enableSshRsa1 } = login;
  const known = login.knownHosts === undefined ? undefined : knownKeys(login.knownHosts, login);
  if (known !== undefined && known.kinds.length === 0)
    throw new TaskFailure(
      `No line of \`knownHosts\` is about ${port === 22 ? host : `[${host}]:${port}`}. Add what \`ssh-keyscan -p ${port} ${host}\` prints.`,
    );
  const hostKeys = [...HOST_KEYS, ...(enableSshRsa1 ? [RSA_WITH_SHA1] : [])];
  const wanted = hostKeys.filter((algorithm) => known === undefined || known.kinds.includes(kindOf(algorithm)));
  const kex = keyExchangeAlgorithm?.split(",").map((name) => name.trim());
  return {
    host,
    port,
    username: username ?? "",
    ...(password !== undefined && { password, tryKeyboard: true }),
    ...(privateKey !== undefined && { privateKey }),
    ...(passphrase !== undefined && { passphrase }),
    readyTimeout: CONNECT_MS_MAX,
    keepaliveInterval: ALIVE_MS,
    keepaliveCountMax: ALIVE_UNANSWERED_MAX,
    algorithms: { serverHostKey: wanted as never, ...(kex !== undefined && { kex: kex as never }) },
    hostVerifier: (key: Buffer) => {
      const fingerprint = `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/u, "")}`;
      if (known === undefined) {
        log.warn(
          `Nobody checked that ${login.shown} is the right server (its key is ${fingerprint}): set \`knownHosts\`.`,
        );
        return true;
      }
      if (known.has(key)) return true;
      seen.refusedKey = fingerprint;
      return false;
    },
  };
}

/** RSA keys have several ways to sign. */
function kindOf(algorithm: string): string {
  return algorithm.startsWith("rsa-sha2-") ? "ssh-rsa" : algorithm;
}

function connectionFailure(login: SshLogin, error: unknown, refusedKey: string | undefined): unknown {
  if (error instanceof TaskFailure || !(error instanceof Error)) return error;
  const to = `The connection to ${login.shown} failed`;
  if (refusedKey !== undefined)
    return new TaskFailure(
      `${to}: its key ${refusedKey} is none of \`knownHosts\`. Either it is another server, or it has a new key: ask who runs it.`,
      { cause: error },
    );
  const { level } = error as { level?: string };
  const isKey = /privateKey|private key|passphrase|Malformed OpenSSH/iu.test(error.message);
  const hint = isKey
    ? "Give the key itself, in the form of OpenSSH or PEM, with its passphrase."
    : level === "client-authentication"
      ? "Check the name, and the password or key."
      : /handshake|algorithm/iu.test(error.message)
        ? "The server may be too old: see `enableSshRsa1` and `keyExchangeAlgorithm`."
        : "Check `host` and `port`, and that the server runs.";
  return new TaskFailure(`${to}: ${error.message.replace(/[.!]?$/u, ".")} ${hint}`, { cause: error });
}
