import { isIP } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { TaskFailure } from "@capstan/sdk";
import type { ImapFlow } from "imapflow";
import type { Arrived, Caller, Mailbox } from "../mailbox.ts";
import { connectionFailure, type Login } from "../mailbox-properties.ts";

/** Of a server that says nothing. */
const SILENT_MS_MAX = 60_000;
const CONNECT_MS_MAX = 30_000;

/** Mails of a folder are numbered upwards, as long as the folder keeps its name for the numbers. */
interface Position {
  /** That name; digits. */
  readonly uidValidity: string;
  /** The number of the last mail that is handled. */
  readonly uid: number;
  /** The day of the last look, for a folder that numbers its mails anew. */
  readonly day: string;
}

/** A folder by IMAP. */
export async function openImap(login: Login, { signal, log }: Caller): Promise<Mailbox> {
  const { ImapFlow: Client } = await import("imapflow");
  const { host, port, username, password, isTls, isChecked } = login;
  const client = new Client({
    host,
    port,
    secure: isTls,
    auth: { user: username, pass: password },
    tls: { rejectUnauthorized: isChecked, ...(isIP(host) === 0 && { servername: host }) },
    logger: false,
    connectionTimeout: CONNECT_MS_MAX,
    greetingTimeout: CONNECT_MS_MAX,
    socketTimeout: SILENT_MS_MAX,
  });
  let lost: Error | undefined;
  client.on("error", (error: Error) => (lost = error));
  const close = () => client.close();
  signal.addEventListener("abort", close, { once: true });
  const dispose = () => {
    signal.removeEventListener("abort", close);
    close();
  };
  try {
    await client.connect();
  } catch (error) {
    dispose();
    if (signal.aborted) throw signal.reason;
    const { authenticationFailed = false } = error as { authenticationFailed?: boolean };
    throw connectionFailure(login, lost ?? error, authenticationFailed);
  }
  const call = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      // What the work does with a mail may fail as well.
      throw client.usable ? error : connectionFailure(login, lost ?? error, false);
    }
  };
  try {
    await openFolder(client, login.folder);
  } catch (error) {
    dispose();
    if (signal.aborted) throw signal.reason;
    throw error;
  }
  return {
    arrived: (position) => call(() => arrived(client, position as unknown as Position | undefined, log)),
    read: (name, use) =>
      call(async () => {
        const found = await client.download(name, undefined, { uid: true });
        return "content" in found && found.content !== undefined ? await use(found.content) : undefined;
      }),
    wait: (milliseconds) => call(() => waitFor(client, milliseconds, signal)),
    [Symbol.dispose]: dispose,
  };
}

async function openFolder(client: ImapFlow, folder: string): Promise<void> {
  try {
    await client.mailboxOpen(folder, { readOnly: true });
  } catch (error) {
    if (!client.usable) throw error;
    throw new TaskFailure(`The folder "${folder}" can't be opened: check its name, and who may read it.`, {
      cause: error,
    });
  }
}

async function arrived(client: ImapFlow, before: Position | undefined, log: Caller["log"]): Promise<Arrived> {
  const { mailbox } = client;
  if (mailbox === false) throw new Error("the folder is closed");
  await client.noop();
  const uidValidity = String(mailbox.uidValidity);
  const day = new Date().toISOString().slice(0, "2026-01-01".length);
  const uids = await newUids(client, before, { uidValidity, log });
  const first = before?.uidValidity === uidValidity ? before.uid : (uids[0] ?? mailbox.uidNext) - 1;
  return {
    names: uids.map(String),
    positionAfter: (count) => ({ uidValidity, uid: uids[count - 1] ?? first, day }) satisfies Position,
  };
}

async function newUids(
  client: ImapFlow,
  before: Position | undefined,
  { uidValidity, log }: { readonly uidValidity: string; readonly log: Caller["log"] },
): Promise<readonly number[]> {
  if (before === undefined) return [];
  const isSame = before.uidValidity === uidValidity;
  if (!isSame)
    log.warn(
      `The server numbers the mails anew: those since ${before.day} count as new, some of them for the second time.`,
    );
  const query = isSame ? { uid: `${before.uid + 1}:*` } : { since: new Date(`${before.day}T00:00:00Z`) };
  const found = (await client.search(query, { uid: true })) || [];
  // A server answers such a range with the last mail at least.
  return (isSame ? found.filter((uid) => uid > before.uid) : found).toSorted((left, right) => left - right);
}

/** The server tells of mails that arrive while it is asked for nothing else. */
async function waitFor(client: ImapFlow, milliseconds: number, signal: AbortSignal): Promise<void> {
  const woken = new AbortController();
  const wake = () => woken.abort();
  client.once("exists", wake);
  client.once("close", wake);
  try {
    const idle = client.idle().catch(() => undefined);
    await delay(milliseconds, undefined, { signal: AbortSignal.any([woken.signal, signal]) }).catch(() => undefined);
    signal.throwIfAborted();
    if (!client.usable) throw new Error("the server closed the connection");
    await client.noop();
    await idle;
  } finally {
    client.off("exists", wake);
    client.off("close", wake);
  }
}
