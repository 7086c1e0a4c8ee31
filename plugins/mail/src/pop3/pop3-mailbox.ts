import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { TaskFailure } from "@capstan/sdk";
import type { Arrived, Caller, Mailbox } from "../mailbox.ts";
import { connectionFailure, type Login } from "../mailbox-properties.ts";
import { connectPop3, type Pop3Connection, Pop3Refusal, streamOf } from "./pop3-connection.ts";

/** Mails that are remembered. Each takes eight characters of the position, which may have a million. */
export const MAILS_KNOWN_MAX = 100_000;
/** Characters of a hash: 48 bits in base64. */
const HASH = 8;

/** Mails that are at the server and handled: a hash of the name that the server has for each. */
interface Position {
  readonly handled: string;
}

/** The mails of a user by POP3. A connection sees what was there when it was made, so each look makes one. */
export async function openPop3(login: Login, { signal }: Caller): Promise<Mailbox> {
  let connection = await loggedIn(login, signal);
  let isFresh = true;
  let numbers = new Map<string, string>();
  const told = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      throw connectionFailure(login, error, false);
    }
  };
  return {
    async arrived(position) {
      if (!isFresh) {
        connection[Symbol.dispose]();
        connection = await loggedIn(login, signal);
      }
      isFresh = false;
      numbers = await told(() => numbersByName(connection));
      return arrivedOf([...numbers.keys()], position as unknown as Position | undefined);
    },
    read: (name, use) =>
      told(async () => {
        try {
          await connection.ask(`RETR ${numbers.get(name)}`);
        } catch (error) {
          if (error instanceof Pop3Refusal) return undefined;
          throw error;
        }
        return use(streamOf(connection));
      }),
    wait: async (milliseconds) => {
      // Some servers let nobody else in, and deliver nothing, as long as somebody is connected.
      connection[Symbol.dispose]();
      await delay(milliseconds, undefined, { signal }).catch(() => signal.throwIfAborted());
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  };
}

async function loggedIn(login: Login, signal: AbortSignal): Promise<Pop3Connection> {
  const { username, password } = login;
  if (/[\r\n]/u.test(username + password))
    throw new TaskFailure("`username` and `password` hold line breaks, which a server of POP3 takes for commands.");
  let connection: Pop3Connection | undefined;
  try {
    connection = await connectPop3(login, signal);
    await connection.ask(`USER ${username}`);
    await connection.ask(`PASS ${password}`);
    return connection;
  } catch (error) {
    connection?.[Symbol.dispose]();
    if (signal.aborted) throw signal.reason;
    throw connectionFailure(login, error, error instanceof Pop3Refusal);
  }
}

/** Numbers are those of a connection, names stay. */
async function numbersByName(connection: Pop3Connection): Promise<Map<string, string>> {
  await connection.ask("UIDL");
  const numbers = new Map<string, string>();
  for await (const line of connection.lines()) {
    const [number = "", name = ""] = line.toString("utf8").trim().split(" ");
    numbers.set(name, number);
  }
  return numbers;
}

function arrivedOf(names: readonly string[], before: Position | undefined): Arrived {
  if (names.length > MAILS_KNOWN_MAX)
    throw new TaskFailure(
      `More than ${MAILS_KNOWN_MAX} mails lie at the server, which is too many to remember: delete some, or use IMAP.`,
    );
  const handled = before === undefined ? undefined : new Set(before.handled.match(/.{8}/gsu));
  const isOld = (name: string) => handled === undefined || handled.has(hash(name));
  const fresh = names.filter((name) => !isOld(name));
  const old = names.filter(isOld);
  return {
    names: fresh,
    positionAfter: (count) => ({ handled: [...old, ...fresh.slice(0, count)].map(hash).join("") }) satisfies Position,
  };
}

function hash(name: string): string {
  return createHash("sha256").update(name).digest("base64").slice(0, HASH);
}
