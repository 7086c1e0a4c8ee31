import { randomUUID } from "node:crypto";
import { text } from "node:stream/consumers";
import { cut, exchangeOptions, type HttpResponse, send, textBody } from "@capstan/sdk/http";
import type { ClickhouseAddress } from "./address.ts";
import { clickhouseRefusal, ClickhouseRefusal, lostConnection } from "./failure.ts";

/** A server that has answered. Nothing is kept open between its statements. */
export interface ClickhouseSession {
  /** The time zone of times that tell none. */
  readonly timeZone: string;
  /**
   * Sends a statement, with what stands behind it, and values of its places by their names. Resolves when the answer begins. Throws
   * `DatabaseFailure`.
   */
  ask(sql: string, values?: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<HttpResponse>;
}

/** So that nothing is lost of values, and statements end with their connections. Users who may only read can't set them. */
const SETTINGS: Readonly<Record<string, string>> = {
  date_time_output_format: "iso",
  date_time_input_format: "best_effort",
  output_format_json_quote_64bit_integers: "0",
  output_format_json_quote_decimals: "1",
  output_format_json_quote_denormals: "1",
  output_format_json_named_tuples_as_objects: "1",
  enable_http_compression: "1",
  cancel_http_readonly_queries_on_client_close: "1",
};
/** READONLY, and UNKNOWN_SETTING of older servers. */
const UNSETTABLE: ReadonlySet<number> = new Set([164, 115]);
const FORMAT = "JSONCompactEachRowWithNamesAndTypes";
const CONNECT_MS = 10_000;
/** How long a server may take to hear that a statement is ended, in milliseconds. */
const KILL_MS_MAX = 5_000;
const ANSWER_CHARACTERS = 10_000;

/** Finds the first server that answers. When the signal aborts, what runs is ended on the server. Throws `DatabaseFailure`. */
export async function connectClickhouse(address: ClickhouseAddress, signal: AbortSignal): Promise<ClickhouseSession> {
  let reason: unknown;
  for (const origin of address.origins) {
    for (const settings of [SETTINGS, {}]) {
      signal.throwIfAborted();
      const ask = asker(origin, { ...address, settings: { ...settings, ...address.settings } }, signal);
      try {
        const answer = await ask("SELECT timezone() FORMAT TabSeparated");
        return { ask, timeZone: (await text(answer.body)).trim() };
      } catch (error) {
        signal.throwIfAborted();
        reason = error;
        if (!(error instanceof ClickhouseRefusal)) break; // Another server may answer.
        if (!UNSETTABLE.has(error.code)) throw error;
      }
    }
  }
  throw reason;
}

function asker(origin: string, address: ClickhouseAddress, ended: AbortSignal): ClickhouseSession["ask"] {
  const options = {
    ...exchangeOptions({}, address.silenceMsMax),
    connectTimeoutMs: CONNECT_MS,
    trustsAllCertificates: address.trustsAllCertificates,
    limitNames: { connect: "url", readIdle: "socket_timeout of url" },
  };
  // Headers, and not the address, tell who comes in: addresses are written down on the way.
  const headers = {
    "X-ClickHouse-User": latin(address.user),
    "X-ClickHouse-Key": latin(address.password),
  };
  const request = (sql: string, parameters: Readonly<Record<string, string>>, signal: AbortSignal) => {
    const url = new URL(origin);
    url.search = new URLSearchParams(parameters).toString();
    return send({ method: "POST", url, headers, body: textBody(sql, "text/plain; charset=utf-8") }, options, signal);
  };
  const kill = async (id: string): Promise<void> => {
    const limit = AbortSignal.timeout(KILL_MS_MAX);
    const answer = await request(`KILL QUERY WHERE query_id = '${id}' ASYNC`, {}, limit);
    answer.body.resume();
  };
  return async (sql, values = {}, signal = ended) => {
    const id = randomUUID();
    const parameters = {
      query_id: id,
      default_format: FORMAT,
      ...(address.database !== undefined && { database: address.database }),
      ...address.settings,
      ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`param_${name}`, value])),
    };
    signal.throwIfAborted();
    // A user who may not end statements has them end with the connection.
    const end = () => void kill(id).catch(() => undefined);
    signal.addEventListener("abort", end);
    const forget = () => signal.removeEventListener("abort", end);
    try {
      const answer = await request(sql, parameters, signal);
      answer.body.once("close", forget);
      if (answer.status < 400) return answer;
      throw clickhouseRefusal(cut(await text(answer.body), ANSWER_CHARACTERS));
    } catch (error) {
      forget();
      signal.throwIfAborted();
      throw lostConnection(error);
    }
  };
}

/** Characters of headers are bytes; what they mean is UTF-8. */
function latin(value: string): string {
  return Buffer.from(value, "utf8").toString("latin1");
}
