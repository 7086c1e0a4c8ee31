import { secret, TaskFailure, text } from "@capstan/sdk";
import type { NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node";
import { z } from "zod";

/** Until a server must have answered a new connection. */
const CONNECT_MS_MAX = 10_000;

/** Properties that say which server to speak to, and as whom. */
export const connectionProperties = () => ({
  url: secret().describe(
    "Address of the server, such as nats://nats.example.com:4222, or tls://… for TLS. Several go with commas between them.",
  ),
  username: text().optional().describe("Name to log in with."),
  password: secret().optional().describe("Password to log in with."),
  token: secret().optional().describe("Token to log in with."),
  creds: secret().optional().describe("Content of a credentials file (JWT and seed) to log in with."),
});

type Connection = z.output<z.ZodObject<ReturnType<typeof connectionProperties>>>;

export interface Caller {
  readonly signal: AbortSignal;
  readonly properties: Connection;
  /** Triggers have none: their messages never hold an address. */
  readonly mask?: (value: string) => void;
}

/**
 * Connects, and closes the connection when `use` has ended or the caller is told to stop. Nothing connects again: that is up to the
 * caller. Throws `TaskFailure` that says what the server said.
 */
export async function withNats<Result>(
  { signal, properties, mask = () => undefined }: Caller,
  use: (connection: NatsConnection) => Promise<Result>,
): Promise<Result> {
  const { places, login } = serversOf(properties, mask);
  signal.throwIfAborted();
  const { connect, credsAuthenticator } = await import("@nats-io/transport-node");
  const { creds } = properties;
  const options: NodeConnectionOptions = {
    ...login,
    servers: places.map(({ address }) => address),
    timeout: CONNECT_MS_MAX,
    reconnect: false,
    name: "capstan",
    ...(creds === undefined ? {} : { authenticator: credsAuthenticator(new TextEncoder().encode(creds)) }),
  };
  const told = `NATS at ${places.map(({ place }) => place).join(", ")} can't be used`;
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => undefined); // Whoever waits at that time hears of it.
  const stop = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  const connecting = connect(options);
  try {
    const connection = await Promise.race([connecting, aborted.promise]);
    const closed = connection.closed().then((error) => {
      throw new TaskFailure(`${told}: ${error instanceof Error ? error.message : "the connection was closed"}`);
    });
    return await Promise.race([use(connection), closed, aborted.promise]);
  } catch (error) {
    throw isOfClient(error) ? new TaskFailure(`${told}: ${reasonOf(error)}`, { cause: error }) : error;
  } finally {
    signal.removeEventListener("abort", stop);
    // One that is made too late is closed as soon as it is there; one that can't be made was told of.
    connecting.then((connection) => connection.close()).catch(() => undefined);
  }
}

/** What the client throws: errors of its own kinds, and those of the socket. */
function isOfClient(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof TaskFailure) && (OF_CLIENT.test(error.name) || "code" in error);
}

const OF_CLIENT =
  /^(?:ConnectionError|AuthorizationError|UserAuthenticationExpiredError|ClosedConnectionError|DrainingConnectionError|ProtocolError|RequestError|TimeoutError|NoRespondersError|PermissionViolationError|JetStream\w*|InvalidArgumentError|InvalidSubjectError|InvalidNameError|StreamNotFoundError|ConsumerNotFoundError)$/u;

function reasonOf(error: Error): string {
  return error.message === "" && error.cause instanceof Error ? error.cause.message : error.message;
}

/** Throws `TaskFailure`, without what is secret in it, where an address is none. */
function serversOf({ url, username, password, token }: Connection, mask: (value: string) => void) {
  const places = url.split(",").map((written) => {
    const address = written.trim().includes("://") ? written.trim() : `nats://${written.trim()}`;
    const parsed = URL.canParse(address) ? new URL(address) : undefined;
    if (parsed === undefined || !/^(?:nats|tls):$/u.test(parsed.protocol) || parsed.hostname === "")
      throw new TaskFailure("`url` is no address of NATS. Write it as nats://host:4222, or tls://host:4222 for TLS.");
    return { address: `${parsed.protocol}//${parsed.host}`, place: parsed.host, parsed };
  });
  const { username: name, password: word } = places[0]!.parsed;
  const [user, pass] = [username ?? decodeURIComponent(name), password ?? decodeURIComponent(word)];
  for (const hidden of [pass, token]) if (hidden !== undefined && hidden !== "") mask(hidden);
  // A name without a password is a token.
  const login = token !== undefined ? { token } : user === "" ? {} : pass === "" ? { token: user } : { user, pass };
  return { places, login };
}
