import { setTimeout as delay } from "node:timers/promises";
import { parseJsonValue, TaskFailure } from "@capstan/sdk";
import { type ExchangeOptions, exchangeOptions, type HttpResponse, send, textBody } from "@capstan/sdk/http";
import { AnswerTooLong, answerText } from "../answer-text.ts";
import type { TrinoAddress } from "./address.ts";
import { lostConnection, statusFailure, type TrinoError } from "./failure.ts";
import type { TypeSignature } from "./values.ts";

/** What statements run within: it is sent with each of them. */
export interface TrinoSession {
  /** Sends a statement. Resolves with the first page of its answer, which may be empty. Throws `DatabaseFailure`. */
  begin(sql: string): Promise<Page>;
  /** The page behind a page. Throws `DatabaseFailure`. */
  next(page: Page): Promise<Page>;
  /** Ends a statement that nobody waits for. */
  end(page: Page): Promise<void>;
}

/** A piece of an answer. */
export interface Page {
  readonly id: string;
  /** Where the next one is; the last page has none. */
  readonly nextUri?: string;
  readonly columns?: readonly { readonly name: string; readonly typeSignature: TypeSignature }[];
  readonly data?: readonly (readonly unknown[])[];
  readonly error?: TrinoError;
  /** Of statements that are no query: what they are. */
  readonly updateType?: string;
  readonly updateCount?: number | string;
}

/** The server answers within a second or so, be it with nothing; one that is silent for longer is gone. */
const SILENCE_MS = 300_000;
const CONNECT_MS = 10_000;
/** Size of a page, which the server wants to be of some megabytes. */
const PAGE_BYTES_MAX = 256 * 1024 * 1024;
/** What a balancer before a busy server answers: the same is asked again, as the protocol has it. */
const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const TRIES_MAX = 8;
const WAIT_MS = 100;
/** How long the server may take to hear that a statement is over, in milliseconds. */
const END_MS_MAX = 5_000;
const SOURCE = "capstan";

/** Nothing is kept open on the server between statements. `signal` ends waiting. */
export function trinoSession(address: TrinoAddress, zone: string | undefined, signal: AbortSignal): TrinoSession {
  const options = optionsFor(address);
  const state = {
    catalog: address.catalog,
    schema: address.schema,
    properties: new Map<string, string>(),
    roles: new Map<string, string>(),
  };
  const headers = (): Record<string, string> => ({
    "X-Trino-User": encodedName(address.user),
    "X-Trino-Source": SOURCE,
    "X-Trino-Time-Zone": zone ?? "UTC",
    // Otherwise digits of seconds are cut off.
    "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
    ...(state.catalog !== undefined && { "X-Trino-Catalog": state.catalog }),
    ...(state.schema !== undefined && { "X-Trino-Schema": state.schema }),
    ...(address.clientTags !== undefined && { "X-Trino-Client-Tags": address.clientTags }),
    ...(state.properties.size > 0 && { "X-Trino-Session": written(state.properties) }),
    ...(state.roles.size > 0 && { "X-Trino-Role": written(state.roles) }),
  });
  const note = (response: HttpResponse): void => {
    state.catalog = response.header("X-Trino-Set-Catalog") ?? state.catalog;
    state.schema = response.header("X-Trino-Set-Schema") ?? state.schema;
    for (const [name, value] of pairsIn(response, "X-Trino-Set-Session")) state.properties.set(name, value);
    for (const [name, value] of pairsIn(response, "X-Trino-Set-Role")) state.roles.set(name, value);
    for (const [name] of pairsIn(response, "X-Trino-Clear-Session")) state.properties.delete(name);
  };
  const ask = async (method: "GET" | "POST", url: URL, sql?: string): Promise<Page> => {
    const body = sql === undefined ? undefined : textBody(sql, "text/plain; charset=utf-8");
    const request = { method, url, headers: sql === undefined ? {} : headers(), body };
    try {
      const response = await answered(() => send(request, options, signal), signal);
      const text = await answerText(response.body, PAGE_BYTES_MAX);
      const page = response.status === 200 ? pageOf(text) : undefined;
      if (page === undefined) throw statusFailure(response.status, text);
      note(response);
      return page;
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof AnswerTooLong ? error : lostConnection(error);
    }
  };
  return {
    begin: (sql) => ask("POST", new URL("/v1/statement", address.origin), sql),
    next: ({ nextUri = "" }) => ask("GET", addressOnServer(address, nextUri)),
    end: async ({ nextUri }) => {
      if (nextUri === undefined) return;
      const request = { method: "DELETE", url: addressOnServer(address, nextUri), headers: {}, body: undefined };
      // A server that doesn't hear it ends what nobody asks for.
      await send(request, options, AbortSignal.timeout(END_MS_MAX)).then(
        ({ body }) => void body.resume(),
        () => undefined,
      );
    },
  };
}

function optionsFor({ user, password, accessToken, trustsAllCertificates }: TrinoAddress): ExchangeOptions {
  return {
    ...exchangeOptions({}, SILENCE_MS),
    connectTimeoutMs: CONNECT_MS,
    trustsAllCertificates,
    limitNames: { connect: "url", readIdle: "url" },
    ...(password !== undefined && { auth: { type: "BASIC" as const, username: user, password } }),
    ...(accessToken !== undefined && { auth: { type: "BEARER" as const, token: accessToken } }),
  };
}

/** The answer of a server that is not too busy for one. */
async function answered(ask: () => Promise<HttpResponse>, signal: AbortSignal): Promise<HttpResponse> {
  for (let tries = 1; ; tries += 1) {
    const response = await ask();
    if (!BUSY.has(response.status) || tries === TRIES_MAX) return response;
    response.body.resume();
    await delay(WAIT_MS * tries, undefined, { signal });
  }
}

/** Credentials are for the server alone. */
function addressOnServer({ origin }: TrinoAddress, nextUri: string): URL {
  const url = URL.canParse(nextUri) ? new URL(nextUri) : undefined;
  if (url?.origin !== new URL(origin).origin)
    throw new TaskFailure(
      "The server named an address that is none of its own. Behind a proxy, it needs `http-server.process-forwarded=true`.",
    );
  return url;
}

function pageOf(text: string): Page | undefined {
  try {
    const page = parseJsonValue(text) as Partial<Page> | null;
    return typeof page?.id === "string" ? (page as Page) : undefined;
  } catch {
    return undefined;
  }
}

function pairsIn(response: HttpResponse, wanted: string): readonly (readonly [name: string, value: string])[] {
  return Object.entries(response.headers)
    .filter(([name]) => name.toLowerCase() === wanted.toLowerCase())
    .flatMap(([, values]) => values.flatMap((value) => value.split(",")))
    .map((pair) => {
      const [name = "", ...value] = pair.trim().split("=");
      return [name, decodeURIComponent(value.join("=").replaceAll("+", " "))] as const;
    });
}

function written(pairs: ReadonlyMap<string, string>): string {
  return [...pairs].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join(",");
}

/** Characters of headers are bytes; what they mean is UTF-8. */
function encodedName(name: string): string {
  return Buffer.from(name, "utf8").toString("latin1");
}
