import { randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { JsonMap } from "@capstan/sdk";
import { type Received, startServer } from "@capstan/sdk/test-kit";
import type { DuckDBConnection } from "@duckdb/node-api";
import { must, only } from "./must.ts";

/**
 * A stand-in of Trino that answers as its client protocol is documented: each statement is a chain of pages, of which the first has nothing. The
 * SQL runs on DuckDB. What it was not made for, it refuses with status 400.
 */
export interface TrinoServer extends AsyncDisposable {
  readonly url: string;
  readonly place: JsonMap;
  readonly received: readonly Received[];
  /** Statements that are neither done nor ended. */
  open(): number;
  /** Statements that were ended by their clients. */
  ended(): number;
  /** Answers the next requests so, and not with pages. */
  fail(...statuses: readonly number[]): void;
}

/** A statement that is done only when somebody ends it. */
export const ENDLESS = "SELECT endless()";
const ROWS_PER_PAGE = 1_000;
/** Statements whose values, types or headers are none of DuckDB's: by their SQL. */
export type Scripted = Readonly<Record<string, ScriptedAnswer>>;

interface ScriptedAnswer {
  readonly columns?: readonly object[];
  /** JSON, for numbers that JavaScript has not. */
  readonly data?: string;
  readonly updateType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface World {
  readonly connection: DuckDBConnection;
  readonly scripted: Scripted;
  readonly statements: Map<string, Running>;
  readonly statuses: number[];
  ended: number;
}

interface Running {
  readonly sql: string;
  result?: Result | undefined;
}

interface Result {
  readonly columns?: readonly object[];
  readonly rows: readonly string[];
  readonly updateType?: string;
  readonly updateCount?: number;
  readonly error?: JsonMap;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startTrino(scripted: Scripted = {}): Promise<TrinoServer> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const world: World = { connection, scripted, statements: new Map(), statuses: [], ended: 0 };
  const server = await startServer((_request, response) => {
    answer(world, server.received.at(-1)!, server.url, response).catch((error: unknown) =>
      response.writeHead(400).end(String(error)),
    );
  });
  return {
    url: server.url,
    place: { url: `jdbc:trino://${new URL(server.url).host}/memory/shop`, username: "äda" },
    received: server.received,
    open: () => world.statements.size,
    ended: () => world.ended,
    fail: (...statuses) => void world.statuses.push(...statuses),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function answer(world: World, received: Received, origin: string, response: ServerResponse): Promise<void> {
  const status = world.statuses.shift();
  if (status !== undefined) {
    response.writeHead(status).end("<html>busy</html>");
    return;
  }
  const { method, url, headers, body } = received;
  if (method === "POST") {
    must(url === "/v1/statement", `${url} takes statements`);
    mustBeKnown(headers);
    const id = randomUUID();
    world.statements.set(id, { sql: body });
    response.end(JSON.stringify({ id, infoUri: origin, nextUri: `${origin}/v1/statement/queued/${id}/0`, ...STATS }));
    return;
  }
  const [, id = "", token = ""] = /^\/v1\/statement\/(?:queued|executing)\/([\da-f-]{36})\/(\d+)$/u.exec(url) ?? [];
  const running = world.statements.get(id);
  if (running === undefined) {
    response.writeHead(404).end("Query not found");
    return;
  }
  if (method === "DELETE") {
    world.statements.delete(id);
    world.ended += 1;
    response.writeHead(204).end();
    return;
  }
  must(method === "GET", `${method} is a method`);
  running.result ??= running.sql === ENDLESS ? undefined : await resultOf(world, running.sql);
  const page = pageOf(running.result, id, Number(token), origin);
  if (page.isLast) world.statements.delete(id);
  response.writeHead(200, { "Content-Type": "application/json", ...running.result?.headers }).end(page.json);
}

const STATS = { stats: { state: "QUEUED", queued: true, scheduled: false }, warnings: [] };

function mustBeKnown(headers: Received["headers"]): void {
  const own = Object.keys(headers).filter((name) => name.startsWith("x-trino-"));
  only(own, HEADERS);
  must(headers["x-trino-user"] !== undefined, "somebody asks");
}

const HEADERS =
  "catalog client-capabilities client-tags query-data-encoding role schema session source time-zone transaction-id user"
    .split(" ")
    .map((name) => `x-trino-${name}`);

/** Columns come with the first rows, and stay. */
function pageOf(result: Result | undefined, id: string, token: number, origin: string) {
  const nextUri = `${origin}/v1/statement/executing/${id}/${token + 1}`;
  if (result === undefined) return { isLast: false, json: JSON.stringify({ id, infoUri: origin, nextUri, ...STATS }) };
  const { columns, rows, error, updateType, updateCount } = result;
  const part = rows.slice(token * ROWS_PER_PAGE, (token + 1) * ROWS_PER_PAGE);
  const isLast = error !== undefined || (token + 1) * ROWS_PER_PAGE >= rows.length;
  const count = isLast && updateCount !== undefined ? { updateCount } : {};
  const more = isLast ? {} : { nextUri };
  const page = { id, infoUri: origin, ...more, columns, error, updateType, ...count, ...STATS };
  const json = JSON.stringify(page);
  const data = part.length === 0 ? json : `${json.slice(0, -1)},"data":[${part.join(",")}]}`;
  return { isLast, json: data };
}

const UPDATES = /^(INSERT|UPDATE|DELETE|CREATE TABLE)/iu;
const IMMEDIATE = /^EXECUTE IMMEDIATE '((?:[^']|'')*)'(?: USING (.*))?$/su;

async function resultOf({ connection, scripted }: World, sql: string): Promise<Result> {
  const known = scripted[sql];
  if (known !== undefined) {
    const { data = "[]", ...more } = known;
    return { rows: data === "[]" ? [] : [data.slice(1, -1)], ...more };
  }
  const [, prepared, values] = IMMEDIATE.exec(sql) ?? [];
  const text = prepared?.replaceAll("''", "'") ?? sql;
  const updateType = UPDATES.exec(text.replace(/^(?:\s+|--[^\n]*)+/u, ""))?.[1]?.toUpperCase();
  try {
    if (values !== undefined) await connection.run(`PREPARE statement AS ${text}`);
    const reader = await connection.runAndReadAll(values === undefined ? text : `EXECUTE statement(${values})`);
    const updateCount = reader.rowsChanged;
    if (updateType === "CREATE TABLE") return { rows: [], updateType };
    if (updateType !== undefined)
      return { columns: [column("rows", "bigint")], rows: [`[${updateCount}]`], updateType, updateCount };
    const types = reader.columnTypes().map((type) => (/INT/u.test(String(type)) ? "bigint" : "varchar"));
    const columns = reader.columnNames().map((name, index) => column(name, types[index]!));
    const rows = reader.getRows().map((row) =>
      JSON.stringify(
        row.map((value, index) => {
          if (value === null) return null;
          return types[index] === "bigint" ? Number(value) : String(value);
        }),
      ),
    );
    return { columns, rows };
  } catch (error) {
    const { message } = error as Error;
    const refusal = { message, errorCode: 1, errorName: "SYNTAX_ERROR", errorType: "USER_ERROR", failureInfo: {} };
    return { rows: [], error: refusal };
  }
}

function column(name: string, type: string) {
  return { name, type, typeSignature: { rawType: type, arguments: [] } };
}
