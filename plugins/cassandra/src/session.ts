import { once } from "node:events";
import type { ConnectionOptions } from "node:tls";
import { dynamic, secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import type { Client, DseClientOptions } from "cassandra-driver";
import { z } from "zod";
import { cassandraFailure } from "./failure.ts";

const PORT = 9_042;
/** How long a server may take for each answer while a connection is made, in milliseconds. A killed task closes one that is being made when it is over. */
const CONNECT_MS = 10_000;
/** How long the end of a session may take, in milliseconds. */
const SHUTDOWN_MS_MAX = 2_000;

const pem = (what: string) =>
  text().optional().describe(`${what}, as PEM: the text that begins with -----BEGIN, not a path.`);

export const sessionProperties = () => ({
  session: z
    .object({
      endpoints: z
        .array(
          z.object({
            hostname: text().describe("Name or address of a server."),
            port: dynamic(z.int().min(1).max(65_535)).default(PORT).describe(`Its port. Default: ${PORT}.`),
            serverName: text()
              .optional()
              .describe("The name that its certificate is made for, with `secureConnection`. Default: `hostname`."),
          }),
        )
        .min(1)
        .describe("Servers of the cluster. One that answers is enough: it knows the others."),
      localDatacenter: text()
        .optional()
        .describe("The data centre whose servers are asked, such as `datacenter1`. Default: all servers, in turns."),
      username: text().optional().describe("Who connects, where the cluster asks for it."),
      password: secret().optional().describe("The password of the user. It is masked in logs."),
      applicationName: text().optional().describe("What the cluster calls the connection. Default: capstan."),
      secureConnection: z
        .object({
          truststorePath: pem("Certificates of the authorities that servers are trusted for"),
          truststorePassword: secret()
            .optional()
            .describe("Taken, and of no effect: PEM certificates have no password."),
          keystorePath: pem("Certificate of the client, and its key"),
          keystorePassword: secret().optional().describe("Password of that key, if it has one."),
        })
        .optional()
        .describe(
          "Has the connection encrypted, to servers whose certificate is good. `{}` trusts the authorities that Node does.",
        ),
    })
    .describe("How the cluster is reached."),
});
export type Session = z.output<z.ZodObject<ReturnType<typeof sessionProperties>>>["session"];

/** In an example: the lines that say where the cluster is. */
export const EXAMPLE_SESSION =
  "session:\n  endpoints:\n    - hostname: cassandra.example.com\n  localDatacenter: datacenter1\n  username: app\n  password: \"{{ secret('CASSANDRA_PASSWORD') }}\"\n";

/**
 * Runs something with a client of its own, which ends with it; when the signal aborts, at once. Throws `TaskFailure` for what the cluster refuses,
 * and for one that can't be reached.
 */
export async function withClient<Result>(
  session: Session,
  { signal }: Pick<TaskContext<unknown>, "signal">,
  run: (client: Client) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  const { default: library } = (await import("cassandra-driver")) as unknown as {
    readonly default: typeof import("cassandra-driver");
  };
  const client = new library.Client(optionsOf(session, library));
  const work = async (): Promise<Result> => {
    await client.connect();
    return await run(client);
  };
  const working = work();
  working.catch(() => undefined); // When the signal aborts, nobody waits for it.
  const ended = new AbortController();
  try {
    return await Promise.race([working, abortOf(signal, ended.signal)]);
  } catch (error) {
    signal.throwIfAborted();
    throw cassandraFailure(error, session);
  } finally {
    ended.abort();
    await shutDown(client);
  }
}

async function abortOf(signal: AbortSignal, ended: AbortSignal): Promise<never> {
  await once(signal, "abort", { signal: ended });
  throw signal.reason;
}

/** A client that is still connecting has the rest of it behind its end. */
async function shutDown(client: Client): Promise<void> {
  const late = AbortSignal.timeout(SHUTDOWN_MS_MAX);
  await Promise.race([client.shutdown().catch(() => undefined), once(late, "abort")]);
}

function optionsOf(session: Session, { policies }: typeof import("cassandra-driver")): DseClientOptions {
  const { endpoints, localDatacenter, username, password = "", applicationName = "capstan" } = session;
  return {
    contactPoints: endpoints.map(
      ({ hostname, port }) => `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`,
    ),
    ...(localDatacenter !== undefined && { localDataCenter: localDatacenter }),
    ...(username !== undefined && { credentials: { username, password } }),
    applicationName,
    policies: {
      ...(localDatacenter === undefined && { loadBalancing: new policies.loadBalancing.RoundRobinPolicy() }),
      // A statement that may have run is not sent again.
      retry: new policies.retry.FallthroughRetryPolicy(),
    },
    pooling: { warmup: false },
    socketOptions: { connectTimeout: CONNECT_MS, readTimeout: CONNECT_MS },
    ...(session.secureConnection !== undefined && { sslOptions: encryptionOf(session, session.secureConnection) }),
    encoding: { map: Map, useBigIntAsLong: true, useBigIntAsVarint: true },
    // It would tell its maker which versions run where.
    monitorReporting: { enabled: false },
  };
}

function encryptionOf({ endpoints }: Session, secure: NonNullable<Session["secureConnection"]>): ConnectionOptions {
  const { truststorePath, keystorePath, keystorePassword } = secure;
  const servername = endpoints[0]?.serverName;
  return {
    rejectUnauthorized: true,
    ...(servername !== undefined && { servername }),
    ...(truststorePath !== undefined && { ca: pemOf(truststorePath, "truststorePath") }),
    ...(keystorePath !== undefined && {
      cert: pemOf(keystorePath, "keystorePath"),
      key: keystorePath,
      ...(keystorePassword !== undefined && { passphrase: keystorePassword }),
    }),
  };
}

function pemOf(written: string, name: string): string {
  if (/^-----BEGIN [A-Z ]+-----/mu.test(written)) return written;
  throw new TaskFailure(
    `\`${name}\` is no PEM: give the text that begins with -----BEGIN, such as \`{{ secret('CASSANDRA_CA') }}\`. A store of Java becomes PEM with \`keytool -exportcert -rfc\`, or \`openssl pkcs12\`.`,
  );
}
