import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { TaskFailure } from "@capstan/sdk";
import { engineAddress, hostOf } from "./engine-address.ts";

/** A request to an engine. */
export interface EngineCall {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE" | "HEAD";
  /** Below the version, each step encoded. */
  readonly path: string;
  /** Absent ones are left out; maps are written as JSON, each entry of a list on its own. */
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Plain data as JSON, or a stream. */
  readonly body?: object | Readable;
  readonly signal?: AbortSignal;
}

/** The HTTP API of a Docker engine. */
export interface Engine {
  /** For messages. */
  readonly host: string;
  /** The answer, its body not yet read. Throws `EngineFailure` for a status from 400 on, `TaskFailure` where nobody answers. */
  open(call: EngineCall): Promise<IncomingMessage>;
  /** The body of the answer as JSON; undefined where it has none. Throws as `open`. */
  ask<T>(call: EngineCall): Promise<T>;
}

/** An engine refused a request. */
export class EngineFailure extends TaskFailure {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Of the HTTP API; what Docker 18.09 and Podman 4 speak. */
const API_VERSION = "v1.39";
/** Bytes of an answer that is held in memory: what an engine tells of all its images may be large. */
const ANSWER_BYTES_MAX = 64 * 1_024 * 1_024;

/** An engine, which is asked when it is first used. Throws `TaskFailure` when the host is no address. */
export function connectEngine(named: string | undefined): Engine {
  const host = hostOf(named);
  const address = engineAddress(host);
  const send = "protocol" in address && address.protocol === "https:" ? httpsRequest : httpRequest;
  const open = async (call: EngineCall): Promise<IncomingMessage> => {
    const { method = "GET", path, query = {}, headers, body, signal } = call;
    signal?.throwIfAborted();
    const isStream = body instanceof Readable;
    const text = body === undefined || isStream ? undefined : JSON.stringify(body);
    const answered = Promise.withResolvers<IncomingMessage>();
    const request = send({
      ...address,
      method,
      path: `/${API_VERSION}${path}${queryOf(query)}`,
      // Of its own: a stream of logs holds its connection for hours, and an idle one may be closed by the engine when it is taken.
      agent: false,
      headers: {
        ...(text !== undefined && { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
        ...(isStream && { "content-type": "application/x-tar" }),
        ...headers,
      },
      ...(signal !== undefined && { signal }),
    } satisfies RequestOptions);
    request.on("response", answered.resolve);
    request.on("error", (cause) => answered.reject(unanswered(host, cause)));
    if (isStream) {
      // The engine may refuse before it has read all of it: its answer says more than a broken pipe.
      pipeline(body, request).catch((cause: unknown) => answered.reject(unanswered(host, cause as Error)));
    } else request.end(text);
    const answer = await answered.promise;
    if ((answer.statusCode ?? 500) >= 400) throw await refusal(answer);
    return answer;
  };
  return {
    host,
    open,
    ask: async <T>(call: EngineCall) => {
      const text = await textOf(await open(call));
      return (text.trim() === "" ? undefined : JSON.parse(text)) as T;
    },
  };
}

/** What to throw when an answer breaks off; an interruption, and what is said well already, stays as it is. */
export function brokenOff(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof TaskFailure || signal.aborted) return error;
  return new TaskFailure(`the connection to the Docker engine was lost: ${(error as Error).message}`, { cause: error });
}

function queryOf(query: Readonly<Record<string, unknown>>): string {
  const parameters = new URLSearchParams();
  for (const [name, given] of Object.entries(query))
    for (const value of Array.isArray(given) ? given : [given])
      if (value !== undefined)
        parameters.append(name, typeof value === "object" ? JSON.stringify(value) : String(value));
  return parameters.size === 0 ? "" : `?${parameters.toString()}`;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > ANSWER_BYTES_MAX)
      throw new TaskFailure(`the answer of the Docker engine has more than ${ANSWER_BYTES_MAX} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

async function refusal(answer: IncomingMessage): Promise<EngineFailure> {
  const text = await textOf(answer);
  return new EngineFailure(`the Docker engine says: ${messageOf(text)}`, answer.statusCode ?? 500);
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text.trim() || "nothing";
  }
}

/** Codes of a host where no engine is, or none that may be used. */
const ABSENCES = new Set(["ENOENT", "ECONNREFUSED", "EACCES", "ENOTFOUND", "EHOSTUNREACH", "ENOTSOCK"]);

function unanswered(host: string, cause: Error): Error {
  if (cause.name === "AbortError") return cause;
  const { code = "" } = cause as NodeJS.ErrnoException;
  if (!ABSENCES.has(code))
    return new TaskFailure(`the Docker engine at ${host} can't be talked to: ${cause.message}`, { cause });
  return new TaskFailure(
    `there is no Docker engine at ${host} (${code}): start one, name another as \`host\` or in DOCKER_HOST of the worker, ` +
      "give the task `taskRunner: {type: io.kestra.plugin.core.runner.Process}`, or let the server run all such tasks as processes " +
      "with its option `taskRunners.docker: process`",
    { cause },
  );
}
