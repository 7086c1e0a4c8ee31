import { dynamic, secret, TaskFailure, text } from "@capstan/sdk";
import type { ChannelModel, ConfirmChannel } from "amqplib";
import { z } from "zod";

/** Until a broker must have answered a new connection. */
const CONNECT_MS_MAX = 10_000;
/** How often both sides tell that they are there, in seconds. */
const HEARTBEAT_SECONDS = 30;
const PORT = 5672;
const TLS_PORT = 5671;

/** Properties that say which broker to speak to, and as whom. */
export const connectionProperties = () => ({
  url: secret().optional().meta({
    deprecated: true,
    description: "The whole address, instead of `host` and the rest: amqp://name:password@host:5672/vhost.",
  }),
  host: text()
    .optional()
    .describe(
      "Name of the broker's machine, or its whole address: amqp://name:password@host:5672/vhost, or amqps://… for TLS.",
    ),
  port: dynamic(z.coerce.number().int().min(1).max(65_535)).optional().describe("Port of the broker. Default: 5672."),
  username: text().optional().describe("Name to log in with. Default: guest."),
  password: secret().optional().describe("Password to log in with. Default: guest."),
  virtualHost: text().optional().describe("Virtual host that queues and exchanges are of. Default: /."),
});

type Connection = z.output<z.ZodObject<ReturnType<typeof connectionProperties>>>;

export interface Caller {
  readonly signal: AbortSignal;
  readonly properties: Connection;
  /** Triggers have none: their messages never hold an address. */
  readonly mask?: (value: string) => void;
}

/** An open connection, with a channel on which the broker confirms what it gets. */
export interface Broker {
  readonly channel: ConfirmChannel;
  /** Rejects when the connection or the channel has ended, with the reason. */
  readonly lost: Promise<never>;
}

/**
 * Connects, and closes the connection when `use` has ended or the caller is told to stop. Nothing connects again: that is up to the
 * caller. Throws `TaskFailure` that says what the broker said.
 */
export async function withBroker<Result>(
  { signal, properties, mask = () => undefined }: Caller,
  use: (broker: Broker) => Promise<Result>,
): Promise<Result> {
  const server = serverOf(properties);
  if (server.password !== "guest") mask(server.password);
  const place = `${server.hostname}:${server.port}`;
  signal.throwIfAborted();
  const { connect } = await import("amqplib");
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined); // Whoever waits at that time hears of it.
  const stop = () => lost.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  const failure = (error: Error) =>
    new TaskFailure(`The broker at ${place} can't be used: ${reasonOf(error)}`, { cause: error });
  const end = (error: Error) => lost.reject(failure(error));
  const connecting = connect(server, {
    timeout: CONNECT_MS_MAX,
    clientProperties: { connection_name: "capstan" },
  }).catch((error: Error) => {
    throw failure(
      isUnknownHost(error)
        ? new Error(`it has no virtual host ${server.vhost} for ${server.username}`, { cause: error })
        : error,
    );
  });
  let channel: ConfirmChannel | undefined;
  try {
    const model = await Promise.race([connecting, lost.promise]);
    model.on("error", end);
    model.on("close", () => end(new Error("the connection was closed")));
    channel = await Promise.race([model.createConfirmChannel(), lost.promise]);
    channel.on("error", end);
    channel.on("close", () => end(new Error("the channel was closed")));
    return await Promise.race([use({ channel, lost: lost.promise }), lost.promise]);
  } catch (error) {
    throw isOfBroker(error) ? failure(error) : error;
  } finally {
    signal.removeEventListener("abort", stop);
    const closed = close(connecting, channel);
    if (!signal.aborted) await closed;
  }
}

/**
 * What was acknowledged is on its way within the channel, and gets there when that is closed first. A connection that is made too late
 * is closed as soon as it is there. What went wrong was told of.
 */
async function close(connecting: Promise<ChannelModel>, channel: ConfirmChannel | undefined): Promise<void> {
  const attempt = async (end: () => Promise<void> | undefined) => end();
  await attempt(() => channel?.close()).catch(() => undefined);
  await attempt(() => connecting.then((model) => model.close())).catch(() => undefined);
}

interface Server {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
  readonly heartbeat: number;
}

/** What is given on its own counts more than what is in an address. Throws `TaskFailure`, without what is secret in it, where there is none. */
function serverOf({ url, host, port, username, password, virtualHost }: Connection): Server {
  const address = host ?? url;
  if (address === undefined)
    throw new TaskFailure("Neither `host` nor `url` says which broker to speak to. Give `host`.");
  const written = address.includes("://") ? address.trim() : `amqp://${address.trim()}`;
  const parsed = URL.canParse(written) ? new URL(written) : undefined;
  if (parsed === undefined || !/^amqps?:$/u.test(parsed.protocol) || parsed.hostname === "")
    throw new TaskFailure(
      "`host` is no address of a broker. Write the name of its machine, or amqp://host:5672/vhost (amqps:// for TLS).",
    );
  const protocol = parsed.protocol.slice(0, -1);
  const part = (given: string | undefined, inAddress: string, standard: string) =>
    given ?? (inAddress === "" ? standard : decodeURIComponent(inAddress));
  return {
    protocol,
    hostname: parsed.hostname.replace(/^\[(.*)\]$/u, "$1"),
    port: port ?? (parsed.port === "" ? (protocol === "amqps" ? TLS_PORT : PORT) : Number(parsed.port)),
    username: part(username, parsed.username, "guest"),
    password: part(password, parsed.password, "guest"),
    vhost: part(virtualHost, parsed.pathname.slice(1), "/"),
    heartbeat: HEARTBEAT_SECONDS,
  };
}

/** What a method on the channel rejects with: an answer of the broker, which has a number, or that the channel is closed. */
function isOfBroker(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof TaskFailure) return false;
  return ("code" in error && typeof error.code === "number") || error.name === "IllegalOperationError";
}

/** The library tells of this answer alone without the broker's words. */
function isUnknownHost({ message }: Error): boolean {
  return message.startsWith("Expected ConnectionOpenOk");
}

/** The broker's own words, out of what the library puts around them. */
function reasonOf(error: Error): string {
  return /(?:with message|")\s*"?([A-Z_]+ - [^"]+)"?/u.exec(error.message)?.[1] ?? error.message;
}
