import { isIP } from "node:net";
import { secret, TaskFailure } from "@capstan/sdk";
import type { Redis } from "ioredis";

/** Until a server must have answered a new connection. */
const CONNECT_MS_MAX = 10_000;
/** Of one command that gets no answer; the longest wait for an element is far below. */
const SILENT_MS_MAX = 60_000;
const PORT = 6379;

/** The property `url`, for all types of this plugin. */
export const url = () =>
  secret().describe(
    "Address of the server: `redis://:password@host:6379/0`, or `rediss://…` for TLS. A name goes before the password, the number of the " +
      "database behind the host. Default port: 6379.",
  );

/** What a connection needs of the task or trigger that it is for. */
export interface Caller {
  readonly signal: AbortSignal;
  /** Triggers have none: their messages never hold an address. */
  readonly mask?: (value: string) => void;
}

interface Server {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly servername?: string };
}

/** Where and as whom to connect; `redis://word@host` names the password, as in other clients of these addresses. Throws `TaskFailure`. */
export function serverOf(address: string): Server {
  const url = URL.canParse(address.trim()) ? new URL(address.trim()) : undefined;
  if (url === undefined || !["redis:", "rediss:"].includes(url.protocol) || url.hostname === "")
    throw new TaskFailure(
      "`url` is no address of Redis. Write it as redis://:password@host:6379/0, or rediss://… for TLS.",
    );
  const database = url.searchParams.get("database") ?? url.pathname.slice(1);
  if (!/^\d*$/u.test(database))
    throw new TaskFailure(`\`url\` names the database "${database}", but a database of Redis is a number, such as 0.`);
  const host = url.hostname.replace(/^\[(.*)\]$/u, "$1");
  const [name, word] = [decoded(url.username), decoded(url.password)];
  const isNameless = word === "";
  return {
    host,
    port: url.port === "" ? PORT : Number(url.port),
    db: Number(database),
    ...(isNameless || name === "" ? {} : { username: name }),
    ...(isNameless && name === "" ? {} : { password: isNameless ? name : word }),
    ...(url.protocol === "rediss:" ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // A password with a lone percent sign is meant as it is.
  }
}

/**
 * Connects, and closes the connection when `use` has ended or the caller is told to stop, which rejects what still waits. Nothing is
 * tried twice: what a command did when its connection was lost is not known. Throws `TaskFailure` that says what the server said.
 */
export async function withRedis<Result>(
  { signal, mask }: Caller,
  address: string,
  use: (redis: Redis) => Promise<Result>,
): Promise<Result> {
  const server = serverOf(address);
  if (server.password !== undefined) mask?.(server.password);
  signal.throwIfAborted();
  const { Redis: Client } = await import("ioredis");
  const redis = new Client({
    ...server,
    lazyConnect: true,
    connectTimeout: CONNECT_MS_MAX,
    socketTimeout: SILENT_MS_MAX,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    protocol: 2, // All servers speak it, and replies of modules are the same from all of them.
  });
  let lost: Error | undefined;
  redis.on("error", (error: Error) => (lost = error));
  const stop = () => redis.disconnect();
  signal.addEventListener("abort", stop, { once: true });
  try {
    await redis.connect();
    return await use(redis);
  } catch (error) {
    signal.throwIfAborted();
    throw redis.status === "ready" && !isRefusal(error) ? error : failureOf(error, lost, server);
  } finally {
    signal.removeEventListener("abort", stop);
    redis.disconnect();
  }
}

/** What went wrong with the connection tells more than what that made of a command. */
function failureOf(error: unknown, lost: Error | undefined, { host, port }: Server): unknown {
  if (error instanceof TaskFailure || !(error instanceof Error)) return error;
  const reason = isRefusal(error) ? error : (lost ?? error);
  const told = isRefusal(reason) ? "refused" : "can't be asked";
  return new TaskFailure(`Redis at ${host}:${port} ${told}: ${reason.message}`, { cause: error });
}

/** Whether a server answered a command with an error. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === "ReplyError";
}
