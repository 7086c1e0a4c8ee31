import { dynamic, duration, type ExecutionFiles, isFileAddress, secret, TaskFailure, text } from "@capstan/sdk";
import type { IClientOptions, IPublishPacket, MqttClient } from "mqtt";
import { buffer } from "node:stream/consumers";
import { z } from "zod";

/** Until a broker must have answered a new connection. */
const CONNECT_MS = 10_000;

/** Properties that say which broker to speak to, and as whom. */
export const connectionProperties = () => ({
  mqttVersion: dynamic(z.enum(["V3", "V5"]))
    .default("V5")
    .describe("Version of MQTT: V5, or V3 for 3.1.1. Default: V5."),
  server: text().describe(
    "Address of the broker, such as tcp://mqtt.example.com:1883, ssl://…:8883, ws://… or wss://….",
  ),
  connectionTimeout: duration()
    .default(CONNECT_MS)
    .describe("How long the broker may take to answer a new connection. Default: PT10S."),
  httpsHostnameVerificationEnabled: dynamic(z.boolean())
    .default(true)
    .describe("Whether the certificate of the broker must be for its name. Default: true."),
  authMethod: text().optional().describe("Name of an authentication method of MQTT 5, whose data is the password."),
  username: text().optional().describe("Name to log in with."),
  password: secret().optional().describe("Password to log in with."),
  crt: text()
    .optional()
    .describe(
      "Certificate of the authority that the broker's is signed by: its PEM text, or the address or path of a file.",
    ),
});

type Connection = z.output<z.ZodObject<ReturnType<typeof connectionProperties>>>;

export interface Caller {
  readonly signal: AbortSignal;
  readonly files: Pick<ExecutionFiles, "read">;
  readonly properties: Connection;
  /** Triggers have none: their messages never hold an address. */
  readonly mask?: (value: string) => void;
}

export interface Session {
  readonly clientId: string;
  /** Seconds that the broker keeps the session without a connection; 0 makes a new one, which ends with the connection. */
  readonly keptSeconds: number;
  /** Called for one message after the other, which is acknowledged when this resolves. When it rejects, the connection ends. */
  readonly take?: (message: IPublishPacket) => Promise<void>;
}

/** An open connection. */
export interface Broker {
  readonly client: MqttClient;
  /** Rejects when the connection has ended, with the reason. */
  readonly lost: Promise<never>;
}

/**
 * Connects, and closes the connection when `use` has ended, the caller is told to stop, or a message is not taken. Nothing connects
 * again: that is up to the caller. Throws `TaskFailure` that says what the broker said.
 */
export async function withBroker<Result>(
  { signal, files, properties, mask }: Caller,
  session: Session,
  use: (broker: Broker) => Promise<Result>,
): Promise<Result> {
  const server = serverOf(properties.server);
  const { password } = server;
  if (password !== undefined) mask?.(password);
  const place = `${server.host}${server.port === undefined ? "" : `:${server.port}`}`;
  const options = { ...server, ...optionsOf(properties, session), ...(await authorityOf(properties.crt, files)) };
  signal.throwIfAborted();
  const { default: mqtt } = await import("mqtt");
  const client = mqtt.connect(options);
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined); // Whoever waits at that time hears of it.
  const end = (reason: unknown) => {
    lost.reject(reason);
    client.end(true);
  };
  const stop = () => end(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  client.on("error", (error) => end(failure(place, error.message, error)));
  client.on("close", () => end(failure(place, "the connection was closed")));
  client.on("disconnect", ({ reasonCode }) => end(failure(place, `the broker ended it with the reason ${reasonCode}`)));
  // Before it connects: a kept session delivers at once.
  client.handleMessage = (message, taken) => void session.take?.(message).then(() => taken(), end);
  const connected = new Promise<void>((resolve) => client.once("connect", () => resolve()));
  try {
    client.connect();
    await Promise.race([connected, lost.promise]);
    return await Promise.race([use({ client, lost: lost.promise }), lost.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
    await client.endAsync(!client.connected);
  }
}

function optionsOf(properties: Connection, { clientId, keptSeconds }: Session): IClientOptions {
  const { mqttVersion, username, password, authMethod } = properties;
  const isKept = keptSeconds > 0;
  const authentication =
    authMethod === undefined
      ? {}
      : {
          authenticationMethod: authMethod,
          ...(password === undefined ? {} : { authenticationData: Buffer.from(password) }),
        };
  return {
    manualConnect: true,
    reconnectPeriod: 0,
    connectTimeout: properties.connectionTimeout,
    clientId,
    clean: !isKept,
    protocolVersion: mqttVersion === "V5" ? 5 : 4,
    ...(mqttVersion === "V5" ? { properties: { sessionExpiryInterval: keptSeconds, ...authentication } } : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(properties.httpsHostnameVerificationEnabled ? {} : { checkServerIdentity: () => undefined }),
  };
}

const PROTOCOLS = new Map([
  ["tcp:", "mqtt"],
  ["mqtt:", "mqtt"],
  ["ssl:", "mqtts"],
  ["tls:", "mqtts"],
  ["mqtts:", "mqtts"],
  ["ws:", "ws"],
  ["wss:", "wss"],
] as const);

type Server = Pick<IClientOptions, "protocol" | "host" | "port" | "path" | "username" | "password"> & {
  readonly password?: string;
};

/** The parts of an address. Throws `TaskFailure`, without what is secret in it, where it is none. */
function serverOf(address: string): Server {
  const url = URL.canParse(address.trim()) ? new URL(address.trim()) : undefined;
  const protocol = (PROTOCOLS as ReadonlyMap<string, IClientOptions["protocol"]>).get(url?.protocol ?? "");
  if (url === undefined || protocol === undefined || url.hostname === "")
    throw new TaskFailure(
      "`server` is no address of a broker. Write it as tcp://host:1883, or ssl://host:8883 for TLS.",
    );
  return {
    protocol,
    host: url.hostname.replace(/^\[(.*)\]$/u, "$1"),
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    ...(protocol === "ws" || protocol === "wss" ? { path: `${url.pathname}${url.search}` } : {}),
    ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
  };
}

async function authorityOf(
  crt: string | undefined,
  files: Caller["files"],
): Promise<{ readonly ca?: string | Buffer }> {
  if (crt === undefined || crt.trim() === "") return {};
  if (crt.includes("-----BEGIN")) return { ca: crt };
  const address = isFileAddress(crt) ? crt.trim() : `file://${crt.trim()}`;
  return { ca: await buffer(await files.read(address)) };
}

function failure(place: string, reason: string, cause?: Error): TaskFailure {
  return new TaskFailure(`The broker at ${place} can't be used: ${reason}`, { cause });
}
