/**
 * Where workers of other processes come in: over lines that stay open, and for files. They show tokens of their own, which open
 * nothing else, and what they ask for is answered without the API, like webhooks.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { LINE_PATH, POST_BYTES_MAX, WORKERS_PATH, type WorkerLines } from "@capstan/runtime";
import { FILES_PATH, type Storage, WORKER_HEADER } from "@capstan/storage";
import { ANSWER_HEADERS } from "../answer-headers.ts";
import { JSON_TYPE, LINE_TYPE, send } from "../door/send.ts";
import { createOpenAnswers } from "../open-answers.ts";
import { Refusal } from "../refusal.ts";
import { readHello } from "./read-hello.ts";
import { answerFiles } from "./worker-files.ts";
import { createTokenCheck, type TokenCheckOptions, type WorkerToken } from "./worker-tokens.ts";

export interface WorkerDoor {
  /** Whether a request is for it. */
  takes(url: string): boolean;
  /** Rejects with what the caller is to be told. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Ends all lines, and from now on those that are opened: workers open others elsewhere. */
  endLines(): void;
}

/** Buffers of proxies would hold back what is to be heard at once. */
const LINE_HEADERS = { ...ANSWER_HEADERS, "content-type": LINE_TYPE, "x-accel-buffering": "no" };

export function createWorkerDoor(
  { workers, storage }: { readonly workers: WorkerLines; readonly storage: Storage },
  tokens: TokenCheckOptions,
): WorkerDoor {
  const tokenOf = createTokenCheck(tokens);
  const lines = createOpenAnswers();

  const openLine = async (token: WorkerToken, request: IncomingMessage, response: ServerResponse) => {
    const hello = readHello(await bodyOf(request), token);
    if (response.destroyed) return;
    const sink = { write: (text: string) => void response.write(text), end: () => void response.end() };
    const { name, isMember = false } = token;
    const welcome = workers.connect({ ...hello, token: name, isMember }, sink);
    if (welcome === undefined)
      throw new Refusal("worker-unauthenticated", "Another token belongs to the worker with this id");
    response.writeHead(200, LINE_HEADERS);
    response.write(`${JSON.stringify(welcome)}\n`);
    lines.add(response);
    response.once("close", () => workers.disconnected(hello.id, sink));
  };
  const hear = async (token: WorkerToken, session: string, request: IncomingMessage, response: ServerResponse) => {
    const received = heardOf(workers, session, token, await bodyOf(request));
    if (received === undefined) throw unknown();
    send(response, { status: 200, contentType: JSON_TYPE, text: JSON.stringify({ received }) });
  };
  const files = async (
    token: WorkerToken,
    { pathname, searchParams: query }: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ) => {
    const tenant = query.get("tenant") ?? "";
    const mayUse = workers.mayUse(String(request.headers[WORKER_HEADER] ?? ""), token.name, tenant);
    if (mayUse === undefined) throw unknown();
    if (!mayUse) throw new Refusal("worker-tenant-forbidden", `The worker has no job of the tenant ${tenant}`);
    await answerFiles(storage, pathname.slice(FILES_PATH.length + 1), { tenant, query, request }, response);
  };
  return {
    takes: (url) => url.startsWith(`${WORKERS_PATH}/`),
    answer: async (request, response) => {
      const token = tokenOf(request.headers);
      const url = new URL(request.url ?? "/", "http://server");
      const { pathname } = url;
      if (request.method !== "POST") throw new Refusal("method-not-allowed", `${pathname} has POST alone`);
      if (pathname === LINE_PATH) return openLine(token, request, response);
      if (pathname.startsWith(`${LINE_PATH}/`))
        return hear(token, pathname.slice(LINE_PATH.length + 1), request, response);
      if (pathname.startsWith(`${FILES_PATH}/`)) return files(token, url, request, response);
      throw new Refusal("route-not-found", `There is no route POST ${pathname}`);
    },
    endLines: lines.endAll,
  };
}

function heardOf(workers: WorkerLines, session: string, { name }: WorkerToken, text: string): number | undefined {
  try {
    return workers.receive(session, name, text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal("body-invalid", "What a worker says is lines of JSON");
    throw error;
  }
}

function unknown(): Refusal {
  return new Refusal("worker-unknown", "The server does not know this worker: it is to open a line first");
}

/** The whole body as text. */
async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > POST_BYTES_MAX)
      throw new Refusal("body-too-large", `A worker says at most ${POST_BYTES_MAX} bytes at once`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
