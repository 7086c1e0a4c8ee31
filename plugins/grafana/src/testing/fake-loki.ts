/**
 * The part of Loki's HTTP API that the tests use, as its documentation describes it: pushes of JSON, queries of lines with a selector and
 * line filters, and `count_over_time` of them. Lines are kept in memory. With an address in `CAPSTAN_LOKI_URL` the same tests ask a real one.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { type LocalServer, startServer } from "@capstan/sdk/test-kit";
import { type Counting, matches, parseLogQl, type StoredLine } from "./log-ql.ts";

const LIMIT_MAX = 5_000;
const NS_PER_SECOND = 1_000_000_000n;
const HOUR_NS = 3_600n * NS_PER_SECOND;

/** What the server refuses a request with; as text, as Loki does. */
class Refusal extends Error {}

/** A server that begins empty. */
export async function startFakeLoki(): Promise<LocalServer> {
  const lines: StoredLine[] = [];
  const server: LocalServer = await startServer((request, response) => {
    try {
      answer(lines, request, server.received.at(-1)!.body, response);
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof SyntaxError)) throw error;
      response.writeHead(400, { "Content-Type": "text/plain; charset=utf-8" }).end(`${error.message}\n`);
    }
  });
  return server;
}

function answer(lines: StoredLine[], request: IncomingMessage, body: string, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://loki");
  switch (`${request.method} ${pathname}`) {
    case "POST /loki/api/v1/push":
      lines.push(...pushed(body).filter((line) => !lines.some((other) => isSame(line, other))));
      response.writeHead(204).end();
      return;
    case "GET /loki/api/v1/query_range":
      succeed(response, overRange(lines, searchParams));
      return;
    case "GET /loki/api/v1/query":
      succeed(response, atOneTime(lines, searchParams));
      return;
    default:
      response.writeHead(404).end("404 page not found\n");
  }
}

function succeed(response: ServerResponse, data: object): void {
  response.setHeader("Content-Type", "application/json; charset=UTF-8");
  response.end(JSON.stringify({ status: "success", data: { ...data, stats: {} } }));
}

function pushed(body: string): readonly StoredLine[] {
  const { streams } = JSON.parse(body) as {
    streams: readonly { stream: StoredLine["labels"]; values: readonly [string, string][] }[];
  };
  return streams.flatMap(({ stream: labels, values }) =>
    values.map(([time, line]) => ({ time: BigInt(time), labels, line })),
  );
}

/** Of lines of one stream with the same time and text, Loki keeps one. */
function isSame(a: StoredLine, b: StoredLine): boolean {
  return a.time === b.time && a.line === b.line && streamOf(a) === streamOf(b);
}

function streamOf({ labels }: StoredLine): string {
  return JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function overRange(lines: readonly StoredLine[], params: URLSearchParams): object {
  const query = parseLogQl(params.get("query") ?? "");
  const now = BigInt(Date.now()) * 1_000_000n;
  const end = timeOf(params, "end") ?? now;
  const since = params.has("since") ? BigInt(durationNs(params.get("since")!)) : HOUR_NS;
  const start = timeOf(params, "start") ?? (end < now ? end : now) - since;
  if (end < start) throw new Refusal("end timestamp must not be before or equal to start time");
  if ("rangeNs" in query) return { resultType: "matrix", result: countedOver(lines, query, start, end, params) };
  const isForward = params.get("direction")?.toLowerCase() === "forward";
  const found = lines
    .filter((line) => line.time >= start && line.time < end && matches(query, line))
    .toSorted((a, b) => (a.time === b.time ? 0 : a.time < b.time === isForward ? -1 : 1))
    .slice(0, limitOf(params));
  return { resultType: "streams", result: streamsOf(found) };
}

function limitOf(params: URLSearchParams): number {
  const limit = Number(params.get("limit") ?? 100);
  if (limit > LIMIT_MAX)
    throw new Refusal(
      `max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > ${LIMIT_MAX})`,
    );
  return limit;
}

function streamsOf(found: readonly StoredLine[]): object[] {
  return [...Map.groupBy(found, streamOf).values()].map((lines) => ({
    stream: lines[0]!.labels,
    values: lines.map(({ time, line }) => [String(time), line]),
  }));
}

function atOneTime(lines: readonly StoredLine[], params: URLSearchParams): object {
  const query = parseLogQl(params.get("query") ?? "");
  if (!("rangeNs" in query))
    throw new Refusal(
      "log queries are not supported as an instant query type, please change your query to a range query type",
    );
  const time = timeOf(params, "time") ?? BigInt(Date.now()) * 1_000_000n;
  const result = countsAt(lines, query, time).map(({ labels, count }) => ({
    metric: labels,
    value: [secondsOf(time), String(count)],
  }));
  return { resultType: "vector", result };
}

function countedOver(
  lines: readonly StoredLine[],
  query: Counting,
  start: bigint,
  end: bigint,
  params: URLSearchParams,
): object[] {
  const step = params.has("step") ? BigInt(durationNs(params.get("step")!)) : (end - start) / 250n + NS_PER_SECOND;
  const series = new Map<string, { metric: object; values: [number, string][] }>();
  for (let time = start; time <= end; time += step)
    for (const { labels, count } of countsAt(lines, query, time)) {
      const key = JSON.stringify(labels);
      const found = series.get(key) ?? { metric: labels, values: [] };
      found.values.push([secondsOf(time), String(count)]);
      series.set(key, found);
    }
  return [...series.values()];
}

function countsAt(lines: readonly StoredLine[], { log, rangeNs, isSum, above }: Counting, time: bigint) {
  const counted = lines.filter((line) => line.time > time - rangeNs && line.time <= time && matches(log, line));
  const groups = Map.groupBy(counted, (line) => (isSum ? "" : streamOf(line)));
  return [...groups.values()]
    .map((group) => ({ labels: isSum ? {} : group[0]!.labels, count: group.length }))
    .filter(({ count }) => above === undefined || count > above);
}

function secondsOf(time: bigint): number {
  return Number(time / 1_000_000n) / 1_000;
}

/** Up to ten digits are seconds, more are nanoseconds; anything else is RFC 3339. */
function timeOf(params: URLSearchParams, name: string): bigint | undefined {
  const written = params.get(name);
  if (written === null) return undefined;
  if (/^\d+$/.test(written)) return written.length <= 10 ? BigInt(written) * NS_PER_SECOND : BigInt(written);
  const [, head = "", fraction = "", zone = ""] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(written) ?? [];
  const seconds = Date.parse(head + zone) / 1_000;
  if (Number.isNaN(seconds)) throw new Refusal(`could not parse '${written}' as a timestamp`);
  return BigInt(seconds) * NS_PER_SECOND + BigInt(fraction.padEnd(9, "0"));
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

function durationNs(written: string): number {
  const [, count, unit] = /^(\d+)([smh])$/.exec(written) ?? [];
  if (count === undefined) throw new Refusal(`cannot parse "${written}" to a valid duration`);
  return Number(count) * UNITS[unit!]! * 1e9;
}
