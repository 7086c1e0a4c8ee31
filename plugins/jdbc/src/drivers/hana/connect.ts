import { once } from "node:events";
import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { TaskFailure } from "@capstan/sdk";
import { DatabaseFailure } from "../../connection.ts";
import { type Host, hostLabel } from "../../jdbc-url.ts";
import type { HanaAddress } from "./address.ts";
import { type HanaClient, type HanaLibrary, isResultSet, loadHdb } from "./library.ts";

/** A session of the server. */
export interface HanaSession extends AsyncDisposable {
  /** Throws when the session is being ended. */
  readonly client: () => HanaClient;
  readonly decode: (bytes: Buffer) => string;
  /** Rejects when the connection is lost. */
  readonly lost: Promise<never>;
}

/** How long the server may take to hear that a session is ended, in milliseconds. */
const CANCEL_MS_MAX = 5_000;
const PLAIN_ID = /^\d+$/u;

/** Connects to the first host that answers. When the signal aborts, what runs is ended on the server, and the session. Throws `TaskFailure`. */
export async function connectHana(address: HanaAddress, signal: AbortSignal): Promise<HanaSession> {
  const library = await loadHdb();
  let reason: unknown;
  for (const host of address.hosts) {
    try {
      const client = await connected(library, address, host, signal);
      const another = () => connected(library, address, host, AbortSignal.timeout(CANCEL_MS_MAX));
      const decode = (bytes: Buffer) => library.iconv.decode(bytes, "cesu8");
      return await sessionOf(client, { decode, another, signal });
    } catch (error) {
      signal.throwIfAborted();
      reason = error;
      if (typeof (error as { code?: unknown }).code === "number") break; // The server answered; others would the same.
    }
  }
  throw refusedConnection(address, reason);
}

function optionsOf(address: HanaAddress, { host, port }: Host): object {
  const { database, encryption, hostNameInCertificate, user, password } = address;
  const name = hostNameInCertificate ?? host;
  return {
    host,
    port,
    user,
    password,
    ...(database !== undefined && { databaseName: database }),
    ...(encryption !== "plain" && {
      useTLS: true,
      rejectUnauthorized: encryption === "verified",
      // The library would send an address for a name, which no name of TLS may be, and look for another one in the certificate.
      servername: isIP(name) === 0 ? name : "",
      checkServerIdentity: (_name: string, certificate: PeerCertificate) => checkServerIdentity(name, certificate),
    }),
    initializationTimeout: address.connectMsMax,
    // Where others of a cluster are is no affair of one session.
    ignoreTopology: true,
  };
}

async function connected(
  library: HanaLibrary,
  address: HanaAddress,
  host: Host,
  signal: AbortSignal,
): Promise<HanaClient> {
  signal.throwIfAborted();
  const client = library.createClient(optionsOf(address, host));
  client.on("error", () => undefined); // Whoever waits for an answer is told.
  const connecting = new Promise<void>((resolve, reject) => {
    client.connect((error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
  const giveUp = AbortSignal.any([signal, AbortSignal.timeout(address.connectMsMax)]);
  try {
    await Promise.race([connecting, abortOf(giveUp, address.connectMsMax)]);
    return client;
  } catch (error) {
    client.destroy();
    // A connection that comes about late is ended then.
    connecting.then(
      () => client.destroy(),
      () => undefined,
    );
    throw error;
  }
}

async function abortOf(signal: AbortSignal, connectMsMax: number): Promise<never> {
  if (!signal.aborted) await once(signal, "abort");
  throw new Error(`there was no answer within ${connectMsMax} ms`);
}

interface SessionParts extends Pick<HanaSession, "decode"> {
  /** Makes another connection, to end this one from. */
  readonly another: () => Promise<HanaClient>;
  readonly signal: AbortSignal;
}

async function sessionOf(client: HanaClient, { decode, another, signal }: SessionParts): Promise<HanaSession> {
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  client.once("close", () => lost.reject(Object.assign(new Error("the server closed it"), { code: "EHDBCLOSE" })));
  let id: string;
  try {
    id = await Promise.race([connectionId(client), lost.promise]);
  } catch (error) {
    client.destroy();
    throw error;
  }
  let ended: Promise<void> | undefined;
  const abort = () => {
    ended ??= endSession(id, another).finally(() => client.destroy());
  };
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  return {
    client: () => {
      signal.throwIfAborted();
      return client;
    },
    decode,
    lost: lost.promise,
    [Symbol.asyncDispose]: async () => {
      signal.removeEventListener("abort", abort);
      await ended;
      if (client.readyState === "connected") await disconnected(client);
      client.destroy();
    },
  };
}

async function connectionId(client: HanaClient): Promise<string> {
  const [found] = await firstRow(client, "SELECT CURRENT_CONNECTION AS id FROM DUMMY");
  const id = String(found);
  return PLAIN_ID.test(id) ? id : "";
}

async function firstRow(client: HanaClient, sql: string): Promise<readonly unknown[]> {
  const [answer] = await executed(client, sql);
  if (!isResultSet(answer)) return [];
  const [row = []] = await Array.fromAsync(answer.createObjectStream() as AsyncIterable<readonly unknown[]>);
  return row;
}

function executed(client: HanaClient, sql: string): Promise<readonly unknown[]> {
  return new Promise((resolve, reject) => {
    client.execute(sql, { rowsAsArray: true, fetchSize: 1 }, (error, ...answers) =>
      error === null || error === undefined ? resolve(answers) : reject(error),
    );
  });
}

/** Ends a session on the server, from a connection of its own; resolves when that is done, or can't be. */
async function endSession(id: string, another: () => Promise<HanaClient>): Promise<void> {
  if (id === "") return;
  let other: HanaClient | undefined;
  try {
    other = await another();
    const late = AbortSignal.timeout(CANCEL_MS_MAX);
    await Promise.race([executed(other, `ALTER SYSTEM CANCEL SESSION '${id}'`), once(late, "abort")]);
  } catch {
    // Not everybody may; then the session ends when the server finds its connection closed.
  } finally {
    other?.destroy();
  }
}

/** Says goodbye, for as long as the server listens. */
async function disconnected(client: HanaClient): Promise<void> {
  const late = AbortSignal.timeout(CANCEL_MS_MAX);
  await Promise.race([new Promise<void>((resolve) => client.disconnect(() => resolve())), once(late, "abort")]);
}

function refusedConnection({ hosts, database, user }: HanaAddress, error: unknown): TaskFailure {
  if (error instanceof TaskFailure) return error;
  const { message, code } = error as Error & { readonly code?: unknown };
  return new DatabaseFailure(
    `There is no connection to ${hosts.map(hostLabel).join(", ")}/${database ?? ""} as ${user}: ${message.replace(/\.$/u, "")}. Check \`url\` and who connects.`,
    { cause: error, remedy: typeof code === "number" ? "none" : "connect-again" },
  );
}
