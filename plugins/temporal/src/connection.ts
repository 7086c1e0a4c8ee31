import { setTimeout as delay } from "node:timers/promises";
import { dynamic, formatDuration, secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import type { Connection, ConnectionOptions } from "@temporalio/client";
import { z } from "zod";
import { failureOf, isGrpcError } from "./failure.ts";
import { ownSockets } from "./own-sockets.ts";

/** Until a server must have answered at first, in milliseconds. */
export const CONNECT_MS_MAX = 10_000;
/** How long an answer to anything but a wait may take, with all repeats, in milliseconds. */
export const ANSWER_MS_MAX = 120_000;
/** After how long something is asked again while the server is away: a minute and a half in all, as long as one takes to start anew. */
const PAUSES_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 30_000];
/** As long as the server has not answered at all. */
const FIRST_PAUSES = 3;
const PORT = 7233;

/** Properties that say which server to speak to, and as whom. */
export const connectionProperties = () => ({
  endpoint: text().describe(`Host and port of the server, such as temporal.example.com:7233. Default port: ${PORT}.`),
  namespace: text().default("default").describe("Namespace of Temporal. Default: default."),
  apiKey: secret().optional().describe("API key to log in with. It is sent to the server by TLS."),
  caCert: text()
    .optional()
    .describe("Certificates of who vouches for the server, as PEM. Default: those that Node.js trusts."),
  clientCert: text().optional().describe("Certificate to log in with, as PEM. It needs `clientKey`."),
  clientKey: secret().optional().describe("Private key of `clientCert`, as PEM."),
  tls: dynamic(z.boolean())
    .optional()
    .describe("Whether to speak TLS. Default: true with `apiKey`, `caCert` or `clientCert`, otherwise false."),
  serverName: text()
    .optional()
    .describe("Name that the server's certificate is made for, where that is not the host of `endpoint`."),
});

type Properties = z.output<z.ZodObject<ReturnType<typeof connectionProperties>>>;
export type WorkflowService = Connection["workflowService"];

/** A connection to one namespace, until it is disposed of. */
export interface Temporal extends AsyncDisposable {
  readonly namespace: string;
  /** Who asks, as the pages of Temporal show it; another one for each attempt. */
  readonly identity: string;
  /**
   * Asks for something, and again while the server is away; nothing is done twice when `request` has a request id. Ends at once with the
   * reason of the signal, and throws `TaskFailure` that begins with `what`, such as "The signal". Without `answerMs` it may take any time.
   */
  ask<Answer>(
    signal: AbortSignal,
    what: string,
    request: (service: WorkflowService) => Promise<Answer>,
    answerMs?: number,
  ): Promise<Answer>;
}

type Context = Pick<TaskContext<Properties>, "properties" | "signal" | "identity" | "log">;

/** Connects, and asks the server who it is. Throws `TaskFailure` that says why it can't be used. */
export async function connectTemporal(
  { properties, signal, identity, log }: Context,
  pausesMs: readonly number[] = PAUSES_MS,
): Promise<Temporal> {
  const options = optionsOf(properties);
  const place = options.address!;
  signal.throwIfAborted();
  const { Connection, isRetryableError } = await import("@temporalio/client");
  const sockets = ownSockets();
  const connection = Connection.lazy({
    ...options,
    // Repeats of the client's own would outlive the connection.
    interceptors: [],
    // And so would connections that it shares.
    channelArgs: { "grpc.use_local_subchannel_pool": 1 },
  });
  const close = async () => {
    await connection.close();
    sockets[Symbol.dispose]();
  };
  let pauses: readonly number[] = pausesMs.slice(0, FIRST_PAUSES);
  const temporal: Temporal = {
    namespace: properties.namespace,
    identity: `capstan: ${identity.namespace}.${identity.flowId}, execution ${identity.executionId}, attempt ${identity.attemptKey}`,
    async ask(until, what, request, answerMs) {
      const deadline = answerMs === undefined ? Infinity : Date.now() + answerMs;
      const send = () => connection.withDeadline(deadline, () => request(connection.workflowService));
      for (let tries = 0; ; tries += 1) {
        try {
          return await endingWith(until, (call) => sockets.run(() => connection.withAbortSignal(call, send)));
        } catch (error) {
          if (until.aborted) throw until.reason;
          const pause = pauses[tries];
          const failure = failureOf(error, what, place);
          if (pause === undefined || !isGrpcError(error) || !isRetryableError(error)) throw failure;
          log.warn(`Temporal is asked again in ${formatDuration(pause)}. ${(failure as Error).message}`);
          await delay(pause, undefined, { signal: until }).catch(() => {
            throw until.reason;
          });
        }
      }
    },
    [Symbol.asyncDispose]: close,
  };
  try {
    await temporal.ask(signal, "The connection", (service) => service.getSystemInfo({}), CONNECT_MS_MAX);
    pauses = pausesMs;
    return temporal;
  } catch (error) {
    await close();
    throw error;
  }
}

/** A call that ends as soon as the signal aborts, which keeps nothing of it afterwards. */
async function endingWith<Answer>(signal: AbortSignal, send: (call: AbortSignal) => Promise<Answer>): Promise<Answer> {
  signal.throwIfAborted();
  const call = new AbortController();
  const aborted = Promise.withResolvers<never>();
  const stop = () => {
    call.abort();
    aborted.reject(signal.reason);
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([send(call.signal), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Throws `TaskFailure`, without what is secret in it, where something doesn't fit. */
function optionsOf(properties: Properties): ConnectionOptions {
  const { endpoint, apiKey = "", serverName = "" } = properties;
  const caCert = certificateOf("caCert", properties.caCert);
  const crt = certificateOf("clientCert", properties.clientCert);
  const key = certificateOf("clientKey", properties.clientKey);
  if ((crt === undefined) !== (key === undefined))
    throw new TaskFailure("`clientCert` and `clientKey` belong together: give both, or none.");
  const hasTls = properties.tls ?? (apiKey !== "" || caCert !== undefined || crt !== undefined);
  if (!hasTls && apiKey !== "")
    throw new TaskFailure("`tls` is false, and an `apiKey` is never sent without TLS. Leave one of them out.");
  const tls = {
    ...(caCert !== undefined && { serverRootCACertificate: caCert }),
    ...(crt !== undefined && key !== undefined && { clientCertPair: { crt, key } }),
    ...(serverName !== "" && { serverNameOverride: serverName }),
  };
  return { address: addressOf(endpoint), tls: hasTls && tls, ...(apiKey !== "" && { apiKey }) };
}

/** With the port, which a host alone lacks. */
function addressOf(endpoint: string): string {
  const [, host, port = String(PORT)] = /^(\[[\da-f:.]+\]|[^\s/:@]+)(?::(\d{1,5}))?$/iu.exec(endpoint.trim()) ?? [];
  if (host !== undefined) return `${host}:${port}`;
  throw new TaskFailure("`endpoint` is no address of Temporal. Write it as host:7233, without a scheme and a path.");
}

function certificateOf(name: string, written = ""): Buffer | undefined {
  if (written.trim() === "") return undefined;
  if (written.includes("-----BEGIN ")) return Buffer.from(written);
  throw new TaskFailure(`\`${name}\` is not PEM. Give the text of the file, which has a line -----BEGIN …-----.`);
}
