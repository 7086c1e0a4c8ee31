import type { IncomingMessage, ServerResponse } from "node:http";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type FileStat, type Storage, StorageError } from "@capstan/storage";
import { ANSWER_HEADERS } from "../answer-headers.ts";
import { statusOf } from "../errors.ts";
import { JSON_TYPE, send } from "../door/send.ts";
import { Refusal } from "../refusal.ts";

/** One request of a worker for files of a tenant. */
export interface FileCall {
  readonly tenant: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
}

type Operation = (storage: Storage, call: FileCall) => Promise<unknown>;

/** Answers are JSON, or bytes as they come. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  put: (storage, { tenant, query, request }) => storage.put(tenant, pathIn(query), bodyOf(request)),
  read: (storage, { tenant, query }) => storage.read(tenant, pathIn(query), rangeIn(query)),
  stat: async (storage, { tenant, query }) => (await storage.stat(tenant, pathIn(query))) ?? null,
  list: (storage, { tenant, query }) => storage.list(tenant, pathIn(query)),
  walk: async (storage, { tenant, query }) => Readable.from(linesOf(storage.walk(tenant, pathIn(query)))),
  "create-folder": async (storage, { tenant, query }) => {
    await storage.createFolder(tenant, pathIn(query));
    return null;
  },
  "remove-empty-folder": (storage, { tenant, query }) => storage.removeEmptyFolder(tenant, pathIn(query)),
  move: async (storage, { tenant, query }) => {
    await storage.move(tenant, pathIn(query), pathIn(query, "to"));
    return null;
  },
  delete: (storage, { tenant, query }) => storage.delete(tenant, pathIn(query)),
};

/** Does with the storage what a worker asks for, and answers it. Rejects with a `Refusal` where there is no such operation. */
export async function answerFiles(
  storage: Storage,
  operation: string,
  call: FileCall,
  response: ServerResponse,
): Promise<void> {
  const perform = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (perform === undefined) throw new Refusal("route-not-found", `There is no operation ${operation} on files`);
  try {
    const answer = await perform(storage, call);
    if (answer instanceof Readable) return await stream(answer, response);
    send(response, { status: 200, contentType: JSON_TYPE, text: JSON.stringify(answer) });
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const { code, message } = error;
    send(response, { status: statusOf(code), contentType: JSON_TYPE, text: JSON.stringify({ code, message }) });
  }
}

/** What breaks off shows by the connection. */
async function stream(content: Readable, response: ServerResponse): Promise<void> {
  try {
    response.writeHead(200, { ...ANSWER_HEADERS, "content-type": "application/octet-stream" });
    await pipeline(content, response);
  } catch {
    // Where the caller has gone already, nothing was begun that would close the file.
    content.destroy();
    response.destroy();
  }
}

async function* linesOf(files: AsyncIterable<FileStat>): AsyncIterable<string> {
  for await (const file of files) yield `${JSON.stringify(file)}\n`;
}

/** The body as a stream of its own: a storage that refuses it must not take the connection with it, by which that is told. */
function bodyOf(request: IncomingMessage): Readable {
  const body = new PassThrough();
  request.on("error", (error) => body.destroy(error));
  body.once("close", () => request.resume());
  return request.pipe(body);
}

function pathIn(query: URLSearchParams, name = "path"): string {
  return query.get(name) ?? "";
}

function rangeIn(query: URLSearchParams): { readonly start: number; readonly end?: number } | undefined {
  const start = query.get("start");
  const end = query.get("end");
  return start === null ? undefined : { start: Number(start), ...(end !== null && { end: Number(end) }) };
}
