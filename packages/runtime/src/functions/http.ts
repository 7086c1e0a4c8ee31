import { ExpressionError, parseYaml, toPlain, toText } from "@capstan/expression";
import { TaskFailure } from "@capstan/sdk";
import { optionalText, textOf } from "./arguments.ts";
import { type HttpOptions, httpOptionsOf, mapOf } from "./http-options.ts";

/** Largest answer that an expression takes, in bytes. */
export const HTTP_ANSWER_BYTES_MAX = 10 * 1024 * 1024;

/** The function `http()`: the body of the answer, parsed when it is JSON or YAML. A status from 400 is an error, unless allowed. */
export async function httpCall(given: Record<string, unknown>): Promise<unknown> {
  const options = httpOptionsOf(toPlain(given["options"]));
  const url = addressOf(given);
  const init = requestOf(given, options);
  const place = `${init.method} ${url.origin}${url.pathname}`;
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (cause) {
    throw new TaskFailure(`${place} failed: ${reasonOf(cause)}`, { cause });
  }
  const text = await limitedText(response);
  if (!options.isAccepted(response.status))
    throw new TaskFailure(`${place} answered ${response.status}: ${text.slice(0, 500)}`);
  const type = response.headers.get("content-type") ?? "";
  const format = FORMATS.find(({ name }) => type.includes(name.toLowerCase()));
  if (format === undefined || text === "") return text;
  try {
    return format.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof ExpressionError)) throw cause;
    throw new TaskFailure(`${place} answered with a text that is not ${format.name}, though it says so`, { cause });
  }
}

const FORMATS: readonly { name: string; parse: (text: string) => unknown }[] = [
  { name: "JSON", parse: JSON.parse },
  { name: "YAML", parse: parseYaml },
];

function requestOf(given: Record<string, unknown>, options: HttpOptions): RequestInit & { method: string } {
  const contentType = optionalText("contentType", given["contentType"]) ?? "application/json";
  const body = bodyOf(given["body"], contentType);
  const headers = new Headers({ accept: optionalText("accept", given["accept"]) ?? "application/json" });
  if (options.authorization !== undefined) headers.set("authorization", options.authorization);
  for (const [name, value] of Object.entries(mapOf("headers", toPlain(given["headers"])))) {
    headers.delete(name);
    for (const one of Array.isArray(value) ? value : [value]) headers.append(name, textOf(`headers.${name}`, one));
  }
  if (body !== undefined) headers.set("content-type", contentType);
  return {
    method: (optionalText("method", given["method"]) ?? "GET").toUpperCase(),
    headers,
    redirect: options.followsRedirects ? "follow" : "manual",
    signal: AbortSignal.timeout(options.timeoutMs),
    ...(body === undefined ? {} : { body }),
  };
}

function addressOf({ uri, query }: Record<string, unknown>): URL {
  const text = textOf("uri", uri);
  if (!URL.canParse(text)) throw new TaskFailure(`the argument \`uri\` is no address: ${text}`);
  const url = new URL(text);
  for (const [name, value] of Object.entries(mapOf("query", toPlain(query)))) {
    for (const one of Array.isArray(value) ? value : [value]) {
      url.searchParams.append(name, textOf(`query.${name}`, one));
    }
  }
  return url;
}

/** Texts are sent as they are, maps as the fields of a form or as JSON, which is YAML as well. */
function bodyOf(body: unknown, contentType: string): string | undefined {
  if (body === undefined || body === null) return undefined;
  if (typeof body !== "string" && /^application\/x-www-form-urlencoded\b/iu.test(contentType)) {
    const fields = Object.entries(mapOf("body", toPlain(body)));
    return new URLSearchParams(fields.map(([name, value]) => [name, toText(value)])).toString();
  }
  return toText(body);
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
