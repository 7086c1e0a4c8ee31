import type { Readable } from "node:stream";
import { TaskFailure } from "@capstan/sdk";
import type { Dispatcher } from "undici";
import type { ClusterAccess } from "./access.ts";
import type { ClusterCall } from "./cluster.ts";
import { refusalOf, unanswered } from "./cluster-failure.ts";

/** Connections to an API server. */
export interface Transport {
  /** Sends a request once; answers its body. Throws `ClusterFailure` when the server refuses, `TaskFailure` when it can't be reached. */
  readonly send: (call: ClusterCall) => Promise<Readable>;
  /** How the server is reached, as of now. */
  readonly access: () => Promise<ClusterAccess>;
}

interface Open {
  readonly access: ClusterAccess;
  readonly dispatcher: Dispatcher;
}

/** Logs and watches last for hours, and share few connections where the server speaks HTTP/2. */
const STREAMS_PER_CONNECTION = 100;
/** Of an answer that is held in memory. */
export const ANSWER_BYTES_MAX = 64 * 1_024 * 1_024;
const UNAUTHORIZED = 401;

export function createTransport(find: () => Promise<ClusterAccess>): Transport {
  let current: Promise<Open> | undefined;
  const connection = async (): Promise<Open> => {
    const there = await current?.catch(() => undefined);
    if (there !== undefined && Date.now() < (there.access.expiresAt ?? Infinity)) return there;
    current = find().then(openedBy);
    return current;
  };
  const send = async (call: ClusterCall) => {
    const { access, dispatcher } = await connection();
    try {
      const answer = await dispatcher.request(await requestOf(call, access));
      if (answer.statusCode < 400) return answer.body;
      // A token may have been replaced.
      if (answer.statusCode === UNAUTHORIZED) current = undefined;
      throw refusalOf(answer, await answerText(answer.body));
    } catch (error) {
      call.signal.throwIfAborted();
      throw error instanceof TaskFailure ? error : unanswered(access.server, error as Error);
    }
  };
  return { send, access: async () => (await connection()).access };
}

async function openedBy(access: ClusterAccess): Promise<Open> {
  const { Agent, ProxyAgent } = await import("undici");
  const { isAnyHost, ...tls } = access.tls;
  const connect = { ...tls, ...(isAnyHost === true && { checkServerIdentity: () => undefined }) };
  // Who follows a log waits for the first line as long as it takes.
  const options = { allowH2: true, pipelining: STREAMS_PER_CONNECTION, headersTimeout: 0, bodyTimeout: 0 };
  const dispatcher =
    access.proxy === undefined
      ? new Agent({ ...options, connect })
      : new ProxyAgent({ ...options, uri: access.proxy, requestTls: connect });
  return { access, dispatcher };
}

async function requestOf(call: ClusterCall, access: ClusterAccess): Promise<Dispatcher.RequestOptions> {
  const { method = "GET", path, query = {}, body, contentType = "application/json", accept, signal } = call;
  const { origin, pathname } = new URL(access.server);
  return {
    origin,
    path: `${pathname.replace(/\/$/, "")}${path}${queryOf(query)}`,
    method,
    headers: {
      ...(await access.headers()),
      accept: accept ?? "application/json",
      "user-agent": "capstan",
      ...(body !== undefined && { "content-type": contentType }),
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    signal,
  };
}

function queryOf(query: NonNullable<ClusterCall["query"]>): string {
  const written = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return written.length === 0 ? "" : `?${new URLSearchParams(written).toString()}`;
}

/** An answer as text. Throws `TaskFailure` when it is larger than memory should hold. */
export async function answerText(body: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > ANSWER_BYTES_MAX)
      throw new TaskFailure(`the cluster's answer has more than ${ANSWER_BYTES_MAX} bytes: ask for fewer resources`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
