import { type TaskContext, TaskFailure } from "@capstan/sdk";
import type { Redis } from "ioredis";

/** Until a server must have answered a new connection, in milliseconds. */
const CONNECT_MS_MAX = 10_000;
/** Of one command that gets no answer. */
const SILENT_MS_MAX = 60_000;

export interface RedisServer {
  readonly host: string;
  readonly port: number;
}

/** A connection to Redis until it is closed, which it is at once when the task is told to stop. */
export interface RedisConnection {
  /** Throws `TaskFailure` that says what the server said. */
  readonly ask: <Answer>(use: (redis: Redis) => Promise<Answer>) => Promise<Answer>;
  readonly close: () => void;
}

/** Connects. Throws `TaskFailure` that says where nobody answers. */
export async function connectRedis(
  { signal }: Pick<TaskContext<unknown>, "signal">,
  { host, port }: RedisServer,
): Promise<RedisConnection> {
  signal.throwIfAborted();
  const { Redis: Client } = await import("ioredis");
  const redis = new Client({
    host,
    port,
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
  const close = () => {
    signal.removeEventListener("abort", stop);
    redis.disconnect();
  };
  const ask: RedisConnection["ask"] = async (use) => {
    try {
      return await use(redis);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error) || error instanceof TaskFailure) throw error;
      const reason = error.name === "ReplyError" ? error : (lost ?? error);
      throw new TaskFailure(`Redis at ${host}:${port} did not do it: ${reason.message}`, { cause: error });
    }
  };
  try {
    await ask(() => redis.connect());
  } catch (error) {
    close();
    throw error;
  }
  return { ask, close };
}
