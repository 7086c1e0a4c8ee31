import { Agent } from "node:https";
import type { Readable } from "node:stream";
import { TaskFailure } from "@capstan/sdk";
import type { WebSocket } from "ws";
import type { Cluster } from "./cluster.ts";
import { refusalOf } from "./cluster-failure.ts";
import { answerText } from "./transport.ts";

/** A program to run in a container that runs. */
export interface Exec {
  /** Of the container: the end of its path is `/exec`. */
  readonly path: string;
  readonly container: string;
  readonly command: readonly string[];
  readonly stdin?: Readable | undefined;
  /** Takes what it writes; waited for, and so does the program. */
  readonly onOutput?: ((bytes: Buffer) => Promise<void> | void) | undefined;
  /** Takes what it writes of errors, which is kept for the message of a failure all the same. */
  readonly onErrorOutput?: ((bytes: Buffer) => void) | undefined;
  readonly signal: AbortSignal;
}

/** Kubernetes' protocol of several streams in one connection; the first can tell the end of the input. */
const PROTOCOLS = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const CHANNEL = { input: 0, output: 1, error: 2, status: 3, close: 255 } as const;
/** Of what it says of its failure, in characters. */
const SAID_MAX = 2_000;
/** Bytes on their way that a sender goes on at. */
const UNDER_WAY_MAX = 1_048_576;

interface Status {
  readonly status?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

/** The program ended with another code than 0. */
export class ProgramFailed extends TaskFailure {
  /** Undefined where it did not run. */
  readonly exitCode: number | undefined;
  constructor(message: string, exitCode: number | undefined) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The connection broke off: whether the program ran, and how far, is not known. */
export class ConnectionLost extends TaskFailure {}

/**
 * Runs a program in a container to its end. Throws `ProgramFailed` with what it said when it fails, `ClusterFailure` when it may not be
 * run, `ConnectionLost`.
 */
export async function exec(
  cluster: Cluster,
  { path, container, command, stdin, onOutput, onErrorOutput, signal }: Exec,
): Promise<void> {
  signal.throwIfAborted();
  const socket = await open(cluster, path, { container, command, hasInput: stdin !== undefined });
  const aborted = () => socket.terminate();
  signal.addEventListener("abort", aborted, { once: true });
  try {
    const ended = statusOf(socket, { onOutput, onErrorOutput });
    // A program may end before it has read all.
    if (stdin !== undefined) await Promise.race([send(socket, stdin), ended]);
    const { status, said } = await ended;
    if (status.status === "Success") return;
    const code = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
    const why = said.trim() || (status.message ?? "");
    throw new ProgramFailed(
      `${command[0]} in the container ${container} failed: ${why}`,
      code === undefined ? undefined : Number(code),
    );
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TaskFailure) throw error;
    const why = (error as Error).message;
    throw new ConnectionLost(`the connection to the container ${container} was lost: ${why}`, { cause: error });
  } finally {
    signal.removeEventListener("abort", aborted);
    socket.terminate();
  }
}

/** Throws `ClusterFailure` when the server refuses, `ConnectionLost` when it can't be reached. */
async function open(
  cluster: Cluster,
  path: string,
  { container, command, hasInput }: { container: string; command: readonly string[]; hasInput: boolean },
): Promise<WebSocket> {
  const { WebSocket: Socket } = await import("ws");
  const { server, tls, proxy, headers } = await cluster.access();
  const query = new URLSearchParams({ container, stdout: "true", stderr: "true", ...(hasInput && { stdin: "true" }) });
  for (const word of command) query.append("command", word);
  const { isAnyHost, ...secured } = tls;
  const proxyEnv = { HTTPS_PROXY: proxy, HTTP_PROXY: proxy };
  const socket = new Socket(`${server.replace(/^http/, "ws")}${path}?${query.toString()}`, PROTOCOLS, {
    ...secured,
    ...(isAnyHost === true && { checkServerIdentity: () => true }),
    ...(proxy !== undefined && { agent: new Agent({ ...secured, proxyEnv }) }),
    headers: { ...(await headers()), "user-agent": "capstan" },
    perMessageDeflate: false,
  });
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  socket.once("open", () => resolve(socket));
  socket.once("unexpected-response", (request, answer) => {
    const { statusCode = 0, headers: said } = answer;
    answerText(answer)
      .then((text) => reject(refusalOf({ statusCode, headers: said }, text)), reject)
      .finally(() => request.destroy());
  });
  socket.once("error", (error) => reject(new ConnectionLost(`${server} can't be reached: ${error.message}`)));
  return promise;
}

async function send(socket: WebSocket, source: Readable): Promise<void> {
  for await (const bytes of source as AsyncIterable<Buffer>) {
    await new Promise<void>((resolve, reject) => {
      const message = Buffer.concat([Buffer.of(CHANNEL.input), bytes]);
      const isFull = socket.bufferedAmount > UNDER_WAY_MAX;
      socket.send(message, (error) => (error ? reject(error) : resolve()));
      if (!isFull) resolve();
    });
  }
  if (socket.protocol === PROTOCOLS[0]) socket.send(Buffer.of(CHANNEL.close, CHANNEL.input));
}

/** What the program ends with, and what it has said of errors. */
function statusOf(
  socket: WebSocket,
  { onOutput, onErrorOutput }: Pick<Exec, "onOutput" | "onErrorOutput">,
): Promise<{ readonly status: Status; readonly said: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: Status; said: string }>();
  let said = "";
  let status: Status | undefined;
  let taking = 0;
  let taken: Promise<unknown> = Promise.resolve();
  socket.on("message", (data: Buffer) => {
    const channel = data[0];
    const bytes = data.subarray(1);
    if (channel === CHANNEL.error) {
      said = (said + bytes.toString("utf8")).slice(0, SAID_MAX);
      onErrorOutput?.(bytes);
    } else if (channel === CHANNEL.status) status = JSON.parse(bytes.toString("utf8")) as Status;
    else if (channel === CHANNEL.output && bytes.length > 0) {
      const one = onOutput?.(bytes);
      if (one === undefined) return;
      taking += 1;
      socket.pause();
      taken = Promise.all([taken, one]).catch(reject);
      void one.finally(() => (taking -= 1) === 0 && socket.resume()).catch(reject);
    }
  });
  socket.on("error", reject);
  socket.on("close", () => {
    taken
      .then(() => {
        if (status === undefined) throw new Error("it was closed before the program ended");
        resolve({ status, said });
        return status;
      })
      .catch(reject);
  });
  promise.catch(() => undefined);
  return promise;
}
