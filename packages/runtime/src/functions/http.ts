import { ExpressionError, parseYaml, toPlain, toText } from "@capstan/expression";
import { TaskFailure } from "@capstan/sdk";
import {
  addressOf,
  exchangeOptions,
  type HttpRequest,
  type Parameters,
  send,
  shown,
  textBody,
} from "@capstan/sdk/http";
import type { Readable } from "node:stream";
import type { EgressGuard } from "../egress/egress-guard.ts";
import { optionalText, textOf } from "./arguments.ts";
import { type HttpOptions, httpOptionsOf, mapOf } from "./http-options.ts";

/** Largest answer that an expression takes, in bytes. */
export const HTTP_ANSWER_BYTES_MAX = 10 * 1024 * 1024;

/**
 * The function `http()`: the body of the answer, parsed when it is JSON or YAML. A status from 400 is an error, unless allowed. `egress`
 * stands before every connection.
 */
export async function httpCall(given: Record<string, unknown>, egress?: EgressGuard): Promise<unknown> {
  const options = httpOptionsOf(toPlain(given["options"]));
  const request = requestOf(given);
  const place = `${request.method} ${shown(request.url)}`;
  const { status, text, type } = await answerTo(request, options, egress).catch((cause: unknown) => {
    if (cause instanceof TaskFailure) throw cause;
    throw new TaskFailure(`${place} failed: ${(cause as Error).message}`, { cause });
  });
  if (!options.isAccepted(status)) throw new TaskFailure(`${place} answered ${status}: ${text.slice(0, 500)}`);
  const format = FORMATS.find(({ name }) => type.includes(name.toLowerCase()));
  if (format === undefined || text === "") return text;
  try {
    return format.parse(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof ExpressionError)) throw cause;
    throw new TaskFailure(`${place} answered with a text that is not ${format.name}, though it says so`, { cause });
  }
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function answerTo(request: HttpRequest, options: HttpOptions, egress?: EgressGuard): Promise<Answer> {
  const { timeoutMs, followsRedirects, auth } = options;
  const limits = { connectTimeoutMs: timeoutMs, readIdleTimeoutMs: timeoutMs };
  const admit = egress && ((host: string, port: number) => egress.admit(host, port));
  const exchange = { ...exchangeOptions({}), ...limits, followsRedirects, auth, admit };
  const response = await send(request, exchange, AbortSignal.timeout(timeoutMs));
  return {
    status: response.status,
    type: response.header("content-type") ?? "",
    text: await limitedText(response.body),
  };
}

const FORMATS: readonly { name: string; parse: (text: string) => unknown }[] = [
  { name: "JSON", parse: JSON.parse },
  { name: "YAML", parse: parseYaml },
];

function requestOf(given: Record<string, unknown>): HttpRequest {
  const contentType = optionalText("contentType", given["contentType"]) ?? "application/json";
  const body = bodyOf(given["body"], contentType);
  const headers = new Map<string, [string, readonly string[]]>([
    ["accept", ["accept", [optionalText("accept", given["accept"]) ?? "application/json"]]],
  ]);
  for (const [name, value] of Object.entries(mapOf("headers", toPlain(given["headers"])))) {
    const values = Array.isArray(value) ? value : [value];
    headers.set(name.toLowerCase(), [name, values.map((one) => textOf(`headers.${name}`, one))]);
  }
  return {
    method: (optionalText("method", given["method"]) ?? "GET").toUpperCase(),
    url: addressOf(textOf("uri", given["uri"]), parametersOf(given["query"])),
    headers: Object.fromEntries(headers.values()),
    body: body === undefined ? undefined : textBody(body, contentType),
  };
}

function parametersOf(query: unknown): Parameters {
  const given = Object.entries(mapOf("query", toPlain(query)));
  return Object.fromEntries(
    given.map(([name, value]) => [
      name,
      (Array.isArray(value) ? value : [value]).map((one) => textOf(`query.${name}`, one)),
    ]),
  );
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

async function limitedText(body: Readable): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > HTTP_ANSWER_BYTES_MAX)
      throw new TaskFailure(`the answer is larger than ${HTTP_ANSWER_BYTES_MAX} bytes: download it with a task`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
