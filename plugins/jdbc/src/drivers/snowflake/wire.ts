import { randomUUID } from "node:crypto";
import { TaskFailure } from "@capstan/sdk";
import { type ExchangeOptions, exchangeOptions, send, textBody } from "@capstan/sdk/http";
import { AnswerTooLong, answerText } from "../answer-text.ts";
import { lostConnection, type Refusal, statusFailure } from "./failure.ts";

/** An answer waits for a statement up to 45 s at a time; what is silent for longer is gone. */
const SILENCE_MS = 300_000;
const CONNECT_MS = 10_000;
/** Size of an answer, which has the first rows of a statement; more of them come in files. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;

export const EXCHANGE: ExchangeOptions = {
  ...exchangeOptions({}, SILENCE_MS),
  connectTimeoutMs: CONNECT_MS,
  limitNames: { connect: "url", readIdle: "url" },
};

/** One request of a session. */
export interface WireRequest {
  readonly method: "GET" | "POST";
  /** With its parameters; each request is named by one more. */
  readonly path: string;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What each answer has. */
export type WireAnswer<Data> = Pick<Refusal, "message" | "code"> & {
  readonly success: boolean;
  readonly data: (Data & { readonly queryId?: string }) | null;
};

/** Sends a request, and answers what the server says to it, be it a refusal. Throws `DatabaseFailure` when it says nothing. */
export async function exchange<Data>(
  origin: string,
  { method, path, token, headers, body }: WireRequest,
  signal: AbortSignal,
): Promise<WireAnswer<Data>> {
  const url = addressOnServer(origin, path);
  url.searchParams.set("request_guid", randomUUID());
  const request = {
    method,
    url,
    headers: {
      Accept: "application/json",
      ...headers,
      ...(token !== undefined && { Authorization: `Snowflake Token="${token}"` }),
    },
    body: body === undefined ? undefined : textBody(JSON.stringify(body), "application/json"),
  };
  try {
    const response = await send(request, EXCHANGE, signal);
    const answer = answerOf<Data>(await answerText(response.body, ANSWER_BYTES_MAX));
    if (answer === undefined) throw statusFailure(response.status);
    return answer;
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof AnswerTooLong ? error : lostConnection(error);
  }
}

/** Where the rest of an answer is, the server says; tokens are for itself alone. */
function addressOnServer(origin: string, path: string): URL {
  const url = URL.canParse(path, origin) ? new URL(path, origin) : undefined;
  if (url?.origin !== new URL(origin).origin)
    throw new TaskFailure("The server named an address that is none of its own. Check `url`.");
  return url;
}

function answerOf<Data>(text: string): WireAnswer<Data> | undefined {
  try {
    const answer = JSON.parse(text) as Partial<WireAnswer<Data>> | null;
    return typeof answer?.success === "boolean" ? (answer as WireAnswer<Data>) : undefined;
  } catch {
    return undefined; // A proxy answers in its own words.
  }
}
