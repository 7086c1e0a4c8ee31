import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { Readable } from "node:stream";
import { text as textOf } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { STORAGE_ERRORS, StorageError, type StorageErrorCode } from "../../errors.ts";
import { FILES_PATH, WORKER_HEADER } from "./paths.ts";
import type { RepeatableBody } from "./repeatable.ts";

export interface FileClientOptions {
  readonly server: string;
  readonly token: string;
  readonly workerId: string;
  /** How long a server that does not answer is asked again, in milliseconds. */
  readonly patienceMs: number;
}

type Query = Readonly<Record<string, string | undefined>>;

/** Asks a server for operations on its files. Rejects with a `StorageError`. */
export interface FileClient {
  stream(operation: string, query: Query): Promise<Readable>;
  json(operation: string, query: Query, body?: RepeatableBody): Promise<unknown>;
  close(): void;
}

/** Pauses between tries, in milliseconds. */
const PAUSE_MS_FIRST = 50;
const PAUSE_MS_MAX = 2_000;
/** Connections at the same time; further requests wait for one. */
const CONNECTIONS_MAX = 64;

/** Nobody answers who could do it: another try may find somebody. */
class Away extends Error {}

export function createFileClient({ server, token, workerId, patienceMs }: FileClientOptions): FileClient {
  const base = `${server.replace(/\/+$/, "")}${FILES_PATH}`;
  const client = base.startsWith("https:") ? https : http;
  let agent = new client.Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
  const headers = { authorization: `Bearer ${token}`, [WORKER_HEADER]: workerId };

  const tryOnce = async (path: string, body: RepeatableBody | undefined): Promise<IncomingMessage> => {
    const length = { "content-length": body?.bytes ?? 0 };
    const request = client.request(`${base}${path}`, { method: "POST", agent, headers: { ...headers, ...length } });
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      request.once("response", resolve);
      request.on("error", (error) => reject(new Away(error.message, { cause: error })));
    });
    if (body === undefined) request.end();
    else void pipeline(body.open(), request).catch(() => request.destroy()); // The request tells.
    const answer = await answered;
    if (answer.statusCode === 200) return answer;
    const refusal = await refusalOf(answer);
    // Nobody wants the rest of the body.
    if (!request.writableFinished) request.destroy();
    throw refusal;
  };
  const ask = async <Result>(
    operation: string,
    query: Query,
    body: RepeatableBody | undefined,
    take: (answer: IncomingMessage) => Promise<Result> | Result,
  ): Promise<Result> => {
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, value);
    const path = `/${operation}?${given.toString()}`;
    const deadline = performance.now() + patienceMs;
    for (let pauseMs = PAUSE_MS_FIRST; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      try {
        return await take(await tryOnce(path, body));
      } catch (error) {
        if (!(error instanceof Away)) throw error;
        if (performance.now() + pauseMs > deadline)
          throw new StorageError("storage-unreachable", `${server}: ${error.message}`, { cause: error });
        await sleep(pauseMs);
      }
    }
  };
  return {
    stream: (operation, query) => ask(operation, query, undefined, (answer) => answer),
    json: async (operation, query, body) => JSON.parse(await ask(operation, query, body, wholeOf)) as unknown,
    close: () => {
      agent.destroy();
      agent = new client.Agent({ keepAlive: true, maxSockets: CONNECTIONS_MAX });
    },
  };
}

/** What breaks off is asked for again. */
async function wholeOf(answer: IncomingMessage): Promise<string> {
  try {
    return await textOf(answer);
  } catch (error) {
    throw new Away((error as Error).message, { cause: error });
  }
}

/** Codes with which servers say that another try makes sense. */
const AWAY = new Set(["worker-unknown", "leader-absent", "leader-lost"]);

async function refusalOf(answer: IncomingMessage): Promise<Error> {
  const status = answer.statusCode ?? 0;
  const { code = "", message = `the server answered ${status}` } = saidIn(await textOf(answer));
  if (AWAY.has(code) || status === 502 || status === 504) return new Away(message);
  if (!Object.hasOwn(STORAGE_ERRORS, code)) return new StorageError("storage-denied", message);
  const known = code as StorageErrorCode;
  return new StorageError(known, message.replace(`${STORAGE_ERRORS[known].title}: `, ""));
}

function saidIn(text: string): { readonly code?: string; readonly message?: string } {
  try {
    return JSON.parse(text) as { code?: string; message?: string };
  } catch {
    return {}; // What stands before the server has answered.
  }
}
