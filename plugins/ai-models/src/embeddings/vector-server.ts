import type { TaskContext } from "@capstan/sdk";
import { callApi, exchangeOptions, type RequestBody, StatusFailure } from "@capstan/sdk/http";

/** How long one request may take, in milliseconds. */
const ANSWER_MS_MAX = 60_000;

/** A server of vectors that is called over HTTP. */
export interface VectorServer {
  /** What it is called in messages. */
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly trustsAllCertificates?: boolean;
}

export interface VectorCall {
  readonly method: "GET" | "POST" | "PUT" | "DELETE" | "HEAD";
  readonly path: string;
  readonly body?: unknown;
  /** What is no JSON, in place of `body`. */
  readonly content?: RequestBody;
}

/** Calls such a server. Throws `TaskFailure` that says what it said. */
export function callServer(
  { signal }: Pick<TaskContext<unknown>, "signal">,
  { name, url, headers = {}, trustsAllCertificates = false }: VectorServer,
  { path, ...call }: VectorCall,
): Promise<unknown> {
  return callApi(signal, {
    what: name,
    ...call,
    url: `${url.trim().replace(/\/+$/, "")}${path}`,
    headers,
    adviceFor: (status) =>
      status === 401 || status === 403 ? `Check the credentials of ${name}, and what they may do.` : undefined,
    options: { ...exchangeOptions({}, ANSWER_MS_MAX), followsRedirects: false, trustsAllCertificates },
  });
}

/** The same, for what may not be there: then it answers undefined. */
export async function callServerFor(
  context: Pick<TaskContext<unknown>, "signal">,
  server: VectorServer,
  call: VectorCall,
): Promise<unknown> {
  try {
    return await callServer(context, server, call);
  } catch (error) {
    if (error instanceof StatusFailure && error.status === 404) return undefined;
    throw error;
  }
}
