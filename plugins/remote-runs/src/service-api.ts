import { setTimeout as delay } from "node:timers/promises";
import { formatDuration, TaskFailure, type TaskLogger } from "@capstan/sdk";
import {
  addressBelow,
  addressOf,
  type ApiCall,
  callApi,
  type ExchangeOptions,
  failedStatus,
  type Parameters,
  type RequestBody,
  send,
  StatusFailure,
  textBody,
  wholeAnswer,
} from "@capstan/sdk/http";
import type { z } from "zod";

/** How often a request is sent at most while it fails in passing, and how long after the first failure it is sent again. */
export interface Patience {
  readonly attempts: number;
  /** Doubles each time, up to half a minute. */
  readonly delayMs: number;
}

/** A minute and a half in all: as long as a server takes to start anew. */
export const PATIENCE: Patience = { attempts: 8, delayMs: 1_000 };
const DELAY_MS_MAX = 30_000;

/** One service as a task reaches it. */
export interface ServiceApi {
  /** Such as `dbt Cloud`. */
  readonly name: string;
  readonly url: string;
  /** Those of `options`. */
  readonly furtherHeaders?: Readonly<Record<string, string>> | undefined;
  /** Asked before each request: what authorizes it may have to be renewed. */
  readonly headers?: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;
  readonly options: ExchangeOptions;
  readonly patience?: Patience;
  readonly log: TaskLogger;
}

export interface ServiceRequest<Answer extends z.ZodType> {
  /** For messages: `The start of job 42`. */
  readonly what: string;
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the address of the service, each part of it encoded. */
  readonly path: string;
  readonly params?: Parameters;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly content?: RequestBody;
  /** What of the answer is used. */
  readonly answer: () => Answer;
  /** Whether the answer is a plain text, in place of JSON. */
  readonly isText?: boolean;
  /** Whether it may be sent again although it may have been done: not what starts something. */
  readonly isRepeatable: boolean;
}

const ADVICE: Readonly<Record<number, string>> = {
  401: "Check the credentials.",
  403: "Check what the credentials allow.",
  404: "Check the address and the ids.",
};
/** Not done, and done later: safe to send again, whatever it is. */
const NOT_DONE = new Set([429, 503]);
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Asks a service, and again while it fails in passing, as patiently as the service's `patience` says. Throws `StatusFailure` for a status
 * from 400 on, and `TaskFailure` when nobody answers or the answer is not the service's.
 */
export async function ask<Answer extends z.ZodType>(
  api: ServiceApi,
  signal: AbortSignal,
  request: ServiceRequest<Answer>,
): Promise<z.output<Answer>> {
  const { attempts, delayMs } = api.patience ?? PATIENCE;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return answered(api, request, await askOnce(api, signal, request));
    } catch (error) {
      if (signal.aborted || attempt >= attempts || !isPassing(error, request.isRepeatable)) throw error;
      const wait = Math.min(delayMs * 2 ** (attempt - 1), DELAY_MS_MAX);
      api.log.warn(`${api.name} is asked again in ${formatDuration(wait)}. ${(error as Error).message}`);
      await delay(wait, undefined, { signal });
    }
  }
}

/** All headers that a request of a service has, beside those of its content. */
export async function headersOf(
  { furtherHeaders, headers }: ServiceApi,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  return { ...furtherHeaders, ...(await headers?.(signal)) };
}

async function askOnce(api: ServiceApi, signal: AbortSignal, request: ServiceRequest<z.ZodType>): Promise<unknown> {
  const { what: named, path, method, params, body, content, isText = false } = request;
  const what = `${named} at ${api.name}`;
  const call = {
    what,
    url: addressBelow(api.url, path),
    options: api.options,
    headers: await headersOf(api, signal),
    adviceFor: (status: number) => ADVICE[status],
    ...(method !== undefined && { method }),
    ...(params !== undefined && { params }),
    ...(body !== undefined && { body }),
    ...(content !== undefined && { content }),
  };
  return isText ? textOf(signal, call) : callApi(signal, call);
}

async function textOf(signal: AbortSignal, call: ApiCall): Promise<string> {
  const { what, url, params, headers = {}, body = {}, method = "POST", adviceFor, options } = call;
  const sent = textBody(JSON.stringify(body), "application/json");
  const response = await send({ method, url: addressOf(url, params), headers, body: sent }, options, signal);
  const { status } = response;
  if (status >= 400)
    throw await failedStatus(
      what,
      response,
      adviceFor?.(status, (name) => response.header(name)),
    );
  return wholeAnswer(what, response);
}

function answered<Answer extends z.ZodType>(
  { name }: ServiceApi,
  { what, answer }: ServiceRequest<Answer>,
  given: unknown,
): z.output<Answer> {
  const read = answer().safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const where =
    issue === undefined || issue.path.length === 0 ? "" : ` (\`${issue.path.join(".")}\`: ${issue.message})`;
  throw new TaskFailure(
    `${what} at ${name} was answered with what ${name} doesn't answer${where}. Check that the address is that of its API.`,
  );
}

function isPassing(error: unknown, isRepeatable: boolean): boolean {
  if (error instanceof StatusFailure) return (isRepeatable ? PASSING : NOT_DONE).has(error.status);
  return isRepeatable && isNoAnswer(error instanceof TaskFailure ? error.cause : error);
}

/** Whether it is what a connection fails with, except for a mistake in the address or a certificate. */
function isNoAnswer(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof SyntaxError) return false;
  const { code = "" } = error as NodeJS.ErrnoException;
  return !/ENOTFOUND|CERT|SIGNATURE|ISSUER/.test(code);
}
