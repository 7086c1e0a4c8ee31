import { TaskFailure } from "@capstan/sdk";
import { optionalText, textOf } from "./arguments.ts";

/** How long an expression waits for an answer, in milliseconds. */
const HTTP_TIMEOUT_MS = 30_000;
/** Largest answer that an expression takes, in bytes. */
export const HTTP_ANSWER_BYTES_MAX = 10 * 1024 * 1024;

/** The function `http()`: the body of the answer, parsed when it is JSON. A status from 400 is an error. */
export async function httpCall(given: Record<string, unknown>): Promise<unknown> {
  const method = (optionalText("method", given["method"]) ?? "GET").toUpperCase();
  const url = addressOf(given);
  const body = bodyOf(given["body"]);
  const headers = new Headers();
  if (body !== undefined)
    headers.set("content-type", optionalText("contentType", given["contentType"]) ?? "application/json");
  const accept = optionalText("accept", given["accept"]);
  if (accept !== undefined) headers.set("accept", accept);
  for (const [name, value] of entriesOf("headers", given["headers"]))
    headers.set(name, textOf(`headers.${name}`, value));
  const signal = AbortSignal.timeout(HTTP_TIMEOUT_MS);
  let response: Response;
  try {
    response = await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
  } catch (cause) {
    throw new TaskFailure(`${method} ${url.origin}${url.pathname} failed: ${reasonOf(cause)}`, { cause });
  }
  const text = await limitedText(response);
  if (!response.ok)
    throw new TaskFailure(`${method} ${url.origin}${url.pathname} answered ${response.status}: ${text.slice(0, 500)}`);
  return response.headers.get("content-type")?.includes("json") === true && text !== "" ? JSON.parse(text) : text;
}

function addressOf({ uri, query }: Record<string, unknown>): URL {
  const text = textOf("uri", uri);
  if (!URL.canParse(text)) throw new TaskFailure(`the argument \`uri\` is no address: ${text}`);
  const url = new URL(text);
  for (const [name, value] of entriesOf("query", query)) url.searchParams.append(name, textOf(`query.${name}`, value));
  return url;
}

function entriesOf(name: string, value: unknown): [string, unknown][] {
  if (value === undefined || value === null) return [];
  if (typeof value === "object" && !Array.isArray(value)) return Object.entries(value);
  throw new TaskFailure(`the argument \`${name}\` must be a map`);
}

function bodyOf(body: unknown): string | undefined {
  if (body === undefined || body === null) return undefined;
  return typeof body === "string" ? body : JSON.stringify(body);
}

async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > HTTP_ANSWER_BYTES_MAX)
      throw new TaskFailure(`the answer is larger than ${HTTP_ANSWER_BYTES_MAX} bytes: download it with a task`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}
