import { parseJsonValue, TaskFailure } from "@capstan/sdk";
import {
  addressBelow,
  addressOf,
  cut,
  failedStatus,
  type HttpResponse,
  type Parameters,
  send,
  textBody,
  wholeAnswer,
} from "@capstan/sdk/http";
import type { Place } from "./connection.ts";

export interface Question {
  /** What is done, for messages such as `The search failed with status 400 …`. */
  readonly what: string;
  /** GET, or POST with a body, if nothing else is said. */
  readonly method?: string;
  /** Below the address of the server; parts of it are encoded. */
  readonly path: string;
  readonly params?: Parameters;
  /** Text, or what becomes JSON. */
  readonly body?: unknown;
  /** Of a body that is text. */
  readonly contentType?: string;
  /** Whether a status is an answer like others; from 400 on none is, if nothing else is said. */
  readonly isAnswer?: (status: number) => boolean;
}

export interface ServerAnswer {
  readonly status: number;
  /** What the JSON says, with long whole numbers as texts; otherwise the text; undefined when there is none. */
  readonly value: unknown;
}

const LESS = "Ask for less at once: a smaller `size`, or fewer fields with `_source`.";
const JSON_TYPE = "application/json";
/** Nothing was sent: another host may be asked. */
const NOT_REACHED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);
const WARNING = /^299 \S+ "(.*?)"(?: "[^"]*")?$/su;

/**
 * Asks the first host that can be reached. Throws `TaskFailure` when there is none, `StatusFailure` for a status that is no answer, and
 * `TaskFailure` for an answer of more than `API_ANSWER_BYTES_MAX`.
 */
export async function ask(place: Place, signal: AbortSignal, question: Question): Promise<ServerAnswer> {
  const { what, isAnswer = (status: number) => status < 400 } = question;
  const response = await reach(place, signal, question);
  if (!isAnswer(response.status)) throw await failedStatus(what, response, adviceFor(response.status));
  const warning = response.header("warning");
  if (place.refusesDeprecated && warning !== undefined) {
    response.body.destroy();
    const told = WARNING.exec(warning)?.[1] ?? warning;
    throw new TaskFailure(`${what} uses what is deprecated, which \`strictDeprecationMode\` forbids: ${told}`);
  }
  const answer = await wholeAnswer(what, response, LESS);
  const isJson = /[/+]json\b/u.test(response.header("content-type") ?? "");
  return { status: response.status, value: isJson && answer !== "" ? readJson(what, answer) : answer || undefined };
}

async function reach(place: Place, signal: AbortSignal, question: Question): Promise<HttpResponse> {
  const { path, params, body, contentType = JSON_TYPE } = question;
  const content = typeof body === "string" ? body : JSON.stringify(body);
  const sent = body === undefined ? undefined : textBody(content, contentType);
  const { method = sent === undefined ? "GET" : "POST" } = question;
  const headers = { Accept: JSON_TYPE, ...place.headers };
  let reason: unknown;
  for (const base of place.bases) {
    signal.throwIfAborted();
    try {
      const url = addressOf(addressBelow(base, path), params);
      return await send({ method, url, headers, body: sent }, place.options, signal);
    } catch (error) {
      reason = error;
      if (!wasNotReached(error)) break;
    }
  }
  throw reason;
}

function wasNotReached(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  const first = cause instanceof AggregateError ? (cause.errors[0] as NodeJS.ErrnoException) : cause;
  return NOT_REACHED.has(first?.code ?? "");
}

function adviceFor(status: number): string | undefined {
  if (status === 401) return "Check `connection.basicAuth`, or the key in `connection.headers`.";
  if (status === 403) return "Check what the user may do.";
  return status === 429 ? "The server has too much to do: send less at once, or later with a `retry`." : undefined;
}

function readJson(what: string, text: string): unknown {
  try {
    return parseJsonValue(text);
  } catch (error) {
    throw new TaskFailure(`${what} was answered with what is no JSON: ${cut(text, 200)}`, { cause: error });
  }
}

/** A map that is written as such, or as the text of its JSON. Throws `TaskFailure` for anything else. */
export function mapOf(name: string, written: unknown): Readonly<Record<string, unknown>> {
  let value = written;
  if (typeof written === "string") {
    try {
      value = parseJsonValue(written);
    } catch (error) {
      throw new TaskFailure(`\`${name}\` is a text that is no JSON: ${(error as Error).message}`, { cause: error });
    }
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TaskFailure(`\`${name}\` is to be a map, or the text of one in JSON.`);
  return value as Record<string, unknown>;
}
