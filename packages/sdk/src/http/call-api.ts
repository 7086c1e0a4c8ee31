import { parseJsonValue } from "@capstan/model";
import { TaskFailure } from "../definition.ts";
import { addressOf, type Parameters, shown } from "./address.ts";
import { cut, failedStatus } from "./answer.ts";
import { type RequestBody, textBody } from "./body.ts";
import type { HttpResponse } from "./client.ts";
import type { ExchangeOptions } from "./options.ts";
import { send } from "./send.ts";

/** Bytes of an answer that is kept in memory. */
export const API_ANSWER_BYTES_MAX = 33_554_432;
/** Of an answer that is no JSON, in characters. */
const SHOWN_CHARACTERS = 200;

export interface ApiCall {
  /** What is done, for a message such as `The query of Prometheus failed with status 400 …`. */
  readonly what: string;
  /** GET, or POST with a body, if nothing else is said. */
  readonly method?: string;
  readonly url: string;
  readonly params?: Parameters;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; undefined sends none. */
  readonly body?: unknown;
  /** What is no JSON, in place of `body`. */
  readonly content?: RequestBody;
  /**
   * What to do about a status from 400 on, such as `Check the key.`; stands behind the server's answer. Headers are asked for by their
   * names in any case.
   */
  readonly adviceFor?: (status: number, header: ApiAnswer["header"]) => string | undefined;
  /** How less is asked for at once, such as `Use LIMIT.`; stands behind the message of an answer that is too large. */
  readonly lessAdvice?: string;
  readonly options: ExchangeOptions;
}

export interface ApiAnswer {
  readonly status: number;
  /** The first value of a header; the name in any case. */
  readonly header: (name: string) => string | undefined;
  /** What the JSON says, with long whole numbers as the texts of their digits; undefined for an empty answer. */
  readonly value: unknown;
}

/**
 * Calls an API that answers in JSON; an empty answer is undefined, and a whole number that a JavaScript number would change is the text
 * of its digits. Throws `TaskFailure` when nobody answers, for a status from 400
 * on (a `StatusFailure`), for what is no JSON, and for an answer of more than `API_ANSWER_BYTES_MAX`.
 */
export async function callApi(signal: AbortSignal, call: ApiCall): Promise<unknown> {
  return (await askApi(signal, call)).value;
}

/** As `callApi`, for whoever needs more of an answer than its value, such as the header that names the next page. */
export async function askApi(signal: AbortSignal, call: ApiCall): Promise<ApiAnswer> {
  const { what, url: written, params, headers = {}, body, content, adviceFor, lessAdvice, options } = call;
  const sent = content ?? (body === undefined ? undefined : textBody(JSON.stringify(body), "application/json"));
  const { method = sent === undefined ? "GET" : "POST" } = call;
  const url = addressOf(written, params);
  const response = await send(
    { method, url, headers: { Accept: "application/json", ...headers }, body: sent },
    options,
    signal,
  );
  const { status } = response;
  const header = (name: string) => response.header(name);
  if (status >= 400) throw await failedStatus(what, response, adviceFor?.(status, header));
  const text = await wholeAnswer(what, response, lessAdvice);
  if (text.trim() === "") return { status, header, value: undefined };
  try {
    return { status, header, value: parseJsonValue(text) };
  } catch (error) {
    throw new TaskFailure(
      `${what} was answered by ${shown(url)} with what is no JSON: ${cut(text, SHOWN_CHARACTERS)} — check that the address is that of the API.`,
      { cause: error },
    );
  }
}

/**
 * The whole text of an answer, for APIs that do not always answer in JSON. Throws `TaskFailure` for more than `API_ANSWER_BYTES_MAX`, with
 * the advice how less is asked for.
 */
export async function wholeAnswer(
  what: string,
  { body }: HttpResponse,
  lessAdvice = "Ask for less at once.",
): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > API_ANSWER_BYTES_MAX)
      throw new TaskFailure(`${what} was answered with more than ${API_ANSWER_BYTES_MAX} bytes. ${lessAdvice}`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}
