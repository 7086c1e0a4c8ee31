import type { TaskContext, TaskLogger } from "@capstan/sdk";
import {
  addressOf,
  cut,
  type ExchangeOptions,
  exchangeOptions,
  failedStatus,
  type HttpResponse,
  send,
  shown,
} from "@capstan/sdk/http";
import type { ScratchFolder } from "../storage/scratch-folder.ts";
import { requestBody } from "./request-body.ts";
import type { RequestProperties } from "./request-properties.ts";

const LOGGED_CHARACTERS = 10_000;
const HIDDEN_HEADERS = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie"]);

export interface Exchange {
  readonly response: HttpResponse;
  readonly options: ExchangeOptions;
  readonly method: string;
}

type ExchangeContext = Pick<TaskContext<RequestProperties>, "properties" | "files" | "log" | "signal">;

/** Sends the request that the properties describe; any status is an answer. Forms with files are prepared in `scratch`. */
export async function exchangeFor(context: ExchangeContext, scratch: ScratchFolder): Promise<Exchange> {
  const { properties, files, log, signal } = context;
  const options = exchangeOptions(properties);
  const method = properties.method.trim().toUpperCase();
  const body = await requestBody(properties, files, scratch);
  const headers = properties.headers ?? {};
  const url = addressOf(properties.uri, properties.params);
  if (options.logs.has("REQUEST_HEADERS")) logHeaders(log, `${method} ${shown(url)}`, headers);
  if (options.logs.has("REQUEST_BODY") && body?.text !== undefined) log.info(cut(body.text, LOGGED_CHARACTERS));
  const response = await send({ method, url, headers, body }, options, signal);
  if (options.logs.has("RESPONSE_HEADERS")) logHeaders(log, `Status ${response.status}`, response.headers);
  return { response, options, method };
}

/** Throws `TaskFailure` for a status that the options don't allow; shows the beginning of the server's answer. */
export async function refuseFailed({ response, options, method }: Exchange): Promise<void> {
  const { status } = response;
  const isFine =
    options.allowedStatuses === undefined
      ? status < 400 || options.allowsFailed
      : options.allowedStatuses.includes(status);
  if (!isFine) throw await failedStatus(`${method} ${shown(response.url)}`, response);
}

/** Logs a body when the options ask for it. */
export function logBody(log: TaskLogger, options: ExchangeOptions, body: string): void {
  if (options.logs.has("RESPONSE_BODY")) log.info(cut(body, LOGGED_CHARACTERS));
}

function logHeaders(
  log: TaskLogger,
  title: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
): void {
  const lines = Object.entries(headers).map(([name, value]) =>
    HIDDEN_HEADERS.has(name.toLowerCase()) ? `${name}: ******` : `${name}: ${[value].flat().join(", ")}`,
  );
  log.info([title, ...lines].join("\n"));
}
