import { type TaskContext, TaskFailure } from "@capstan/sdk";
import {
  addressBelow,
  addressOf,
  API_ANSWER_BYTES_MAX,
  exchangeOptions,
  type HttpResponse,
  type Parameters,
  type RequestBody,
  send,
  textBody,
} from "@capstan/sdk/http";
import { type TokenSource, tokenSource } from "./access-token.ts";
import type { AccountProperties } from "./account.ts";
import { googleFailure } from "./google-failure.ts";

export interface GoogleCall {
  /** What is done, for a message such as `Reading gs://bucket/name failed: …`. */
  readonly what: string;
  /** GET, or POST with a body, if nothing else is said. */
  readonly method?: string;
  /** Below the address of the service, or a whole address that the service gave. Its parts are encoded. */
  readonly path: string;
  readonly params?: Parameters;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** What is no JSON, in place of `body`. */
  readonly content?: RequestBody;
  /** What to do about a status, where the usual advice says too little. */
  readonly adviceFor?: (status: number) => string | undefined;
  /** Ends this call, in place of the end of all. */
  readonly signal?: AbortSignal;
}

/** One service of Google, asked by one account. */
export interface GoogleApi {
  readonly signal: AbortSignal;
  /** The JSON that answers; undefined for an empty answer. Throws `GoogleFailure` for a status from 400 on. */
  call(call: GoogleCall): Promise<unknown>;
  /** The answer as it comes, whose body must be read or destroyed. Throws `GoogleFailure` for a status from 400 on. */
  open(call: GoogleCall): Promise<HttpResponse>;
  /** The project to work in. Throws `TaskFailure` where nothing names one. */
  project(): Promise<string>;
  /** The same with another end, for what is still to be done after a kill. */
  withSignal(signal: AbortSignal): GoogleApi;
}

/** How long a service may be silent, if the task says nothing else. */
const SILENCE_MS_MAX = 300_000;

type Context = Pick<TaskContext<unknown>, "signal" | "now"> & Partial<Pick<TaskContext<unknown>, "mask">>;

/** `address` is where the service is if `endpoint` names no other place. Throws `TaskFailure` for a key that is none. */
export function googleApi(
  context: Context,
  properties: AccountProperties,
  address: string,
  silenceMs = SILENCE_MS_MAX,
): GoogleApi {
  const { signal, now, mask = () => undefined } = context;
  const base = properties.endpoint ?? address;
  const tokens = isTrusted(addressOf(base), properties) ? tokenSource(properties, { signal, now, mask }) : undefined;
  const options = exchangeOptions({}, silenceMs);

  const open = async (call: GoogleCall): Promise<HttpResponse> => {
    const { method = call.body === undefined && call.content === undefined ? "GET" : "POST" } = call;
    const url = addressOf(/^https?:/.test(call.path) ? call.path : addressBelow(base, call.path), call.params);
    const headers = { Accept: "application/json", ...(await authorization(tokens, url, base)), ...call.headers };
    const body = call.content ?? (call.body === undefined ? undefined : jsonBody(call.body));
    const response = await send({ method, url, headers, body }, options, call.signal ?? signal);
    const { status } = response;
    if (status >= 400) throw await googleFailure(call.what, response, call.adviceFor?.(status));
    return response;
  };
  return {
    signal,
    open,
    call: async (call) => answerOf(call.what, await open(call)),
    project: async () => properties.projectId ?? (await projectFrom(tokens)),
    withSignal: (other) => googleApi({ ...context, signal: other }, properties, address, silenceMs),
  };
}

function jsonBody(body: unknown): RequestBody {
  return textBody(JSON.stringify(body), "application/json");
}

/** What the worker finds by itself is for Google alone: a flow must not send it to a server of its own. */
function isTrusted(url: URL, { serviceAccount, accessToken }: AccountProperties): boolean {
  return serviceAccount !== undefined || accessToken !== undefined || isGoogle(url);
}

function isGoogle({ protocol, hostname }: URL): boolean {
  return protocol === "https:" && (hostname === "googleapis.com" || hostname.endsWith(".googleapis.com"));
}

/** Addresses that the service gives, such as that of an upload, may lead elsewhere: a token is for the service alone. */
async function authorization(tokens: TokenSource | undefined, url: URL, base: string): Promise<Record<string, string>> {
  if (tokens === undefined || (url.origin !== new URL(base).origin && !isGoogle(url))) return {};
  return { Authorization: `Bearer ${await tokens.token()}` };
}

async function projectFrom(tokens: TokenSource | undefined): Promise<string> {
  const project = process.env["GOOGLE_CLOUD_PROJECT"] ?? (await tokens?.project());
  if (project !== undefined && project !== "") return project;
  throw new TaskFailure("Nothing says which project to work in: set `projectId`.");
}

async function answerOf(what: string, response: HttpResponse): Promise<unknown> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response.body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > API_ANSWER_BYTES_MAX)
      throw new TaskFailure(`${what} was answered with more than ${API_ANSWER_BYTES_MAX} bytes. Ask for less at once.`);
    pieces.push(piece);
  }
  const text = Buffer.concat(pieces).toString("utf8");
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TaskFailure(`${what} was answered with what is no JSON. Check \`endpoint\`.`, { cause: error });
  }
}
