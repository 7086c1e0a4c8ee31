import { type ExecutionFiles, TaskFailure, type TaskLogger } from "@capstan/sdk";
import type { Admin, Base, BaseOptions, Consumer } from "@platformatic/kafka";
import { type ClientProperties, clientPropertiesOf, reportUnasked } from "./client-properties.ts";
import { kafkaFailure } from "./kafka-failure.ts";
import { securityOf } from "./security.ts";

/** What a client needs of the task or trigger that it is for. */
export interface Caller {
  readonly signal: AbortSignal;
  readonly log: TaskLogger;
  readonly files: ExecutionFiles;
  /** Triggers have none: their messages never hold a password. */
  readonly mask?: (value: string) => void;
  readonly properties: { readonly properties: Readonly<Record<string, string>> };
}

/** What all clients of a cluster are made with. */
export interface Cluster {
  /** As the user wrote them, for messages. */
  readonly servers: string;
  readonly options: BaseOptions;
}

/** How often a request is tried again, such as while a new topic has no leader yet; all in all for about six seconds. */
const RETRIES = 6;
const RETRY_MS_MIN = 100;
/** How long leaving a group may take. */
const GOODBYE_MS_MAX = 2_000;
const CONNECT_MS_MAX = 10_000;

/**
 * Where and as whom to connect, with what `more` makes of the same properties. Throws `TaskFailure` for what is missing or can't be,
 * and warns of properties that nothing came of.
 */
export async function clusterOf<More>(
  { properties: { properties }, files, log, mask = () => undefined }: Caller,
  more: (properties: ClientProperties) => More,
): Promise<readonly [Cluster, More]> {
  const given = clientPropertiesOf(properties);
  const servers = given.text("bootstrap.servers");
  if (servers === undefined)
    throw new TaskFailure(
      "`properties` has no `bootstrap.servers`. Set it to a broker, such as kafka.example.com:9092.",
    );
  const rack = given.text("client.rack");
  const options: BaseOptions = {
    clientId: given.text("client.id") ?? "capstan",
    bootstrapBrokers: servers.split(",").map(brokerOf),
    connectTimeout: given.number("socket.connection.setup.timeout.ms") ?? CONNECT_MS_MAX,
    requestTimeout: given.number("request.timeout.ms") ?? 30_000,
    retries: RETRIES,
    retryDelay: (_client, _operation, attempt) => RETRY_MS_MIN * 2 ** (attempt - 1),
    autocreateTopics: given.boolean("allow.auto.create.topics") ?? true,
    ...(rack === undefined ? {} : { clientRack: rack }),
    ...(await securityOf(given, files, mask)),
  };
  const made = more(given);
  reportUnasked(given, log);
  return [{ servers, options }, made];
}

/** Java's client wants a port, too. */
function brokerOf(written: string): { readonly host: string; readonly port: number } {
  const match = /^\s*(?:[A-Z_]+:\/\/)?(\[[\da-f:]+\]|[^\s:/@]+):(\d{1,5})\s*$/iu.exec(written);
  if (match === null)
    throw new TaskFailure(
      "`bootstrap.servers` is no list of brokers. Write it as host:9092, with commas between them.",
    );
  return { host: match[1]!.replace(/^\[(.*)\]$/u, "$1"), port: Number(match[2]) };
}

/**
 * Ends the client when `use` has ended or the caller is told to stop, which `use` hears of as a rejection of `lost`. Throws
 * `TaskFailure` that says what the cluster said.
 */
export async function withClient<Client extends Base | Consumer | Admin, Result>(
  { servers }: Cluster,
  signal: AbortSignal,
  client: Client,
  use: (client: Client, lost: Promise<never>) => Promise<Result>,
): Promise<Result> {
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined); // Whoever waits at that time hears of it.
  const stop = () => lost.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  client.on("error", lost.reject);
  try {
    signal.throwIfAborted();
    // Who can't be reached or does not let us in is told of at once; what goes wrong later is tried again.
    const reached = client.metadata({ topics: [], retries: 0 });
    return await Promise.race([reached.then(() => use(client, lost.promise)), lost.promise]);
  } catch (error) {
    throw kafkaFailure(`Kafka at ${servers} can't be used`, error);
  } finally {
    signal.removeEventListener("abort", stop);
    await closeClient(client, signal);
  }
}

/** A member says goodbye to its group, for which a caller that is told to stop does not wait. */
async function closeClient(client: Base | Consumer | Admin, signal: AbortSignal): Promise<void> {
  const closed = "consume" in client ? client.close(true) : client.close();
  const cut = () => {
    for (const [, connection] of client.connections) void connection.close();
  };
  const timer = setTimeout(cut, GOODBYE_MS_MAX);
  // All there is to know was asked for; the group finds out by itself about a member that can't say goodbye.
  const settled = closed.catch(cut).finally(() => clearTimeout(timer));
  if (!signal.aborted) await settled;
}
