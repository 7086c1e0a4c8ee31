import { createPublicKey, randomUUID, verify } from "node:crypto";
import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { JsonMap } from "@capstan/sdk";
import { type LocalServer, type Received, startServer } from "@capstan/sdk/test-kit";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { must, only } from "./must.ts";
import { ENDLESS, resultOf, SLOW, type StatementBody } from "./snowflake-statements.ts";

/** Somebody whom the stand-in knows. */
interface User {
  readonly password?: string;
  /** PEM. */
  readonly publicKey?: string;
}

/**
 * A stand-in of Snowflake: sessions, statements, answers in files, and ends of statements, as the vendor's own driver speaks of them (a
 * test has it talk to that driver). The SQL runs on DuckDB. What it was not made for, it refuses with status 400.
 */
export interface SnowflakeServer extends AsyncDisposable {
  readonly port: number;
  readonly place: JsonMap;
  readonly received: readonly Received[];
  /** Sessions that have begun, and not ended. */
  openSessions(): number;
  /** Statements that were ended by their clients. */
  aborted(): readonly string[];
  /** Has the tokens of a session run out while its next `SLOW` statement runs, so that they must be renewed. */
  expireTokens(): void;
  /** Answers the next requests for files of rows so, and not with the rows. */
  failFiles(...statuses: readonly number[]): void;
}

export const ACCOUNT = "shop";
export const USER = "app";
export const PASSWORD = "p'ass\"w@rd";
/** More rows than these come in files of as many. */
const ROWS_PER_FILE = 4_000;
const FILE_KEY = "a2V5IG9mIHRoZSBmaWxlcw==";
interface Session {
  token: string;
  masterToken: string;
  isExpired: boolean;
  readonly connection: DuckDBConnection;
}

/** Answers of statements whose values are none of DuckDB's: by their SQL, the columns and the rows. */
export type Scripted = Readonly<Record<string, ScriptedAnswer>>;

interface ScriptedAnswer {
  readonly rowtype: readonly JsonMap[];
  readonly rowset: readonly unknown[][];
  /** Of the session, as the answer tells them. */
  readonly parameters?: readonly JsonMap[];
}

export async function startSnowflake(
  users: Readonly<Record<string, User>> = { [USER]: { password: PASSWORD } },
  scripted: Scripted = {},
): Promise<SnowflakeServer> {
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const world: World = {
    instance: await DuckDBInstance.create(":memory:"),
    users,
    scripted,
    sessions: new Set(),
    waiting: new Map(),
    answers: new Map(),
    files: new Map(),
    aborted: [],
    fileStatuses: [],
    expiresTokens: false,
  };
  const reply = async (response: ServerResponse): Promise<void> => {
    const { status = 200, json, bytes } = await answer(world, server.received.at(-1)!, server.url);
    if (bytes !== undefined) response.writeHead(status, { "Content-Encoding": "gzip" }).end(bytes);
    else response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(json));
  };
  const server: LocalServer = await startServer((_request, response) => {
    reply(response).catch((error: unknown) => response.writeHead(400).end(String(error)));
  });
  const { url, port, received } = server;
  return {
    port,
    place: {
      url: `jdbc:snowflake://${new URL(url).host}/?ssl=off&account=${ACCOUNT}`,
      username: USER,
      password: PASSWORD,
    },
    received,
    openSessions: () => world.sessions.size,
    aborted: () => world.aborted,
    expireTokens: () => {
      world.expiresTokens = true;
    },
    failFiles: (...statuses) => void world.fileStatuses.push(...statuses),
    [Symbol.asyncDispose]: async () => {
      for (const { connection } of world.sessions) connection.closeSync();
      world.instance.closeSync();
      await server[Symbol.asyncDispose]();
    },
  };
}

interface Reply {
  readonly status?: number;
  readonly json?: unknown;
  readonly bytes?: Buffer;
}

/** All that the stand-in knows. */
interface World {
  readonly instance: DuckDBInstance;
  readonly users: Readonly<Record<string, User>>;
  readonly scripted: Scripted;
  readonly sessions: Set<Session>;
  /** What ends statements that wait, by their requests. */
  readonly waiting: Map<string, () => void>;
  readonly answers: Map<string, object>;
  readonly files: Map<string, Buffer>;
  readonly aborted: string[];
  readonly fileStatuses: number[];
  /** Whether tokens run out with the next slow statement. */
  expiresTokens: boolean;
}

function refusal(code: string, message: string, data: object | null = null): Reply {
  return { json: { success: false, code, message, data } };
}

function done(data: object): Reply {
  return { json: { success: true, code: null, message: null, data } };
}

async function answer(world: World, received: Received, origin: string): Promise<Reply> {
  const url = new URL(received.url, origin);
  if (url.pathname.startsWith("/files/")) return file(world, received, url);
  must(url.searchParams.has("request_guid"), "each request has a request_guid");
  if (url.pathname === "/session/v1/login-request") return login(world, url, JSON.parse(received.body) as LoginBody);
  if (url.pathname === "/session/token-request") return renew(world, received);
  if (url.pathname === "/telemetry/send") return done({});
  const found = [...world.sessions].find(
    ({ token }) => received.headers.authorization === `Snowflake Token="${token}"`,
  );
  if (found === undefined) return refusal("390104", "ID Token is invalid.");
  if (found.isExpired) return refusal("390112", "Authentication token has expired.");
  return ofSession(world, received, url, found);
}

async function login({ users, instance, sessions }: World, url: URL, { data }: LoginBody): Promise<Reply> {
  only(url.searchParams.keys(), ["requestId", "request_guid", "warehouse", "databaseName", "schemaName", "roleName"]);
  const user = users[data.LOGIN_NAME];
  const isKnown =
    data.ACCOUNT_NAME === ACCOUNT &&
    user !== undefined &&
    (data.AUTHENTICATOR === "SNOWFLAKE_JWT"
      ? user.publicKey !== undefined && tokenHolds(data.TOKEN ?? "", user.publicKey, data.LOGIN_NAME)
      : data.AUTHENTICATOR === "SNOWFLAKE" && data.PASSWORD === user.password);
  if (!isKnown) return refusal("390100", "Incorrect username or password was specified.");
  const session = { ...newTokens(), isExpired: false, connection: await instance.connect() };
  sessions.add(session);
  const { token, masterToken } = session;
  const validity = { validityInSeconds: 3600, masterValidityInSeconds: 14_400 };
  return done({ token, masterToken, ...validity, sessionId: 1, parameters: [] });
}

function renew({ sessions }: World, { headers, body }: Received): Reply {
  const { requestType, oldSessionToken } = JSON.parse(body) as Record<string, string>;
  const session = [...sessions].find(({ masterToken }) => headers.authorization === `Snowflake Token="${masterToken}"`);
  if (session === undefined || requestType !== "RENEW" || oldSessionToken !== session.token)
    return refusal("390114", "Authentication token has expired.");
  Object.assign(session, newTokens(), { isExpired: false });
  return done({ sessionToken: session.token, masterToken: session.masterToken });
}

async function ofSession(world: World, received: Received, url: URL, session: Session): Promise<Reply> {
  const body = received.body === "" ? undefined : (JSON.parse(received.body) as unknown);
  const path = `${received.method} ${url.pathname}`;
  if (path === "POST /queries/v1/query-request") {
    must(received.headers.accept === "application/snowflake", "rows are asked for as such");
    return run(world, url, body as StatementBody, session);
  }
  const [, queryId] = /^GET \/queries\/([\da-f-]{36})\/result$/u.exec(path) ?? [];
  if (queryId !== undefined && world.answers.has(queryId)) return done(world.answers.get(queryId)!);
  if (path === "POST /queries/v1/abort-request") {
    world.waiting.get((body as { requestId: string }).requestId)?.();
    return done({});
  }
  must(path === "POST /session" && url.searchParams.get("delete") === "true", `${path} is something`);
  session.connection.closeSync();
  world.sessions.delete(session);
  return done({});
}

async function run(world: World, url: URL, body: StatementBody, session: Session): Promise<Reply> {
  only(url.searchParams.keys(), ["requestId", "request_guid"]);
  only(Object.keys(body), ["sqlText", "disableOfflineChunks", "bindings", "queryContextDTO"]);
  must(!body.disableOfflineChunks, "rows may come in files");
  const requestId = url.searchParams.get("requestId");
  must(requestId !== null, "a statement has a requestId");
  const queryId = randomUUID();
  if (body.sqlText === ENDLESS) {
    await new Promise<void>((resolve) => {
      world.waiting.set(requestId!, resolve);
    });
    world.aborted.push(requestId!);
    return refusal("000604", "SQL execution canceled", { queryId, sqlState: "57014" });
  }
  const known = world.scripted[body.sqlText];
  const result =
    known === undefined
      ? await resultOf(session.connection, body).catch((error: Error) => error)
      : { ...known, statementTypeId: 0x1000 };
  if (result instanceof Error) return refusal("002003", result.message, { queryId, sqlState: "42S02" });
  const data = { parameters: [], ...result, ...split(world, result.rowset, url.origin), queryId };
  world.answers.set(queryId, data);
  if (body.sqlText !== SLOW) return done(data);
  if (world.expiresTokens) session.isExpired = true;
  world.expiresTokens = false;
  const getResultUrl = `/queries/${queryId}/result`;
  return { json: { success: true, code: "333333", message: "in progress", data: { queryId, getResultUrl } } };
}

/** The first rows stay in the answer; each file of the others can be had for as long as its name holds. */
function split({ files }: World, rowset: readonly unknown[][], origin: string) {
  const chunks = [];
  for (let at = ROWS_PER_FILE; at < rowset.length; at += ROWS_PER_FILE) {
    const rows = rowset.slice(at, at + ROWS_PER_FILE);
    const name = `/files/${randomUUID()}`;
    files.set(name, gzipSync(JSON.stringify(rows).slice(1, -1)));
    chunks.push({ url: `${origin}${name}?signature=x`, rowCount: rows.length, uncompressedSize: 1, compressedSize: 1 });
  }
  const more = chunks.length === 0 ? {} : { chunks, qrmk: FILE_KEY };
  const { length } = rowset;
  return { rowset: rowset.slice(0, ROWS_PER_FILE), returned: length, total: length, version: 1, ...more };
}

function file({ files, fileStatuses }: World, { headers }: Received, { pathname }: URL): Reply {
  const status = fileStatuses.shift();
  if (status !== undefined) return { status, json: {} };
  must(headers.authorization === undefined, "the token is for the server alone");
  const isAllowed = headers["x-amz-server-side-encryption-customer-key"] === FILE_KEY;
  const bytes = files.get(pathname);
  return isAllowed && bytes !== undefined ? { bytes } : { status: 403, json: {} };
}

function newTokens() {
  return { token: `ver:1-${randomUUID()}`, masterToken: `ver:1-${randomUUID()}` };
}

interface LoginBody {
  readonly data: {
    readonly ACCOUNT_NAME: string;
    readonly LOGIN_NAME: string;
    readonly AUTHENTICATOR: string;
    readonly PASSWORD?: string;
    readonly TOKEN?: string;
  };
}

/** As the vendor documents it for key pairs. Its own driver writes milliseconds where seconds are documented. */
function tokenHolds(token: string, publicKey: string, user: string): boolean {
  const [head = "", claims = "", signature = ""] = token.split(".");
  const key = createPublicKey(publicKey);
  const { iss, sub, exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, string | number>;
  const name = `${ACCOUNT.toUpperCase()}.${user.toUpperCase()}`;
  const fingerprint = String(iss).split(".SHA256:")[1];
  return (
    verify("sha256", Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, "base64url")) &&
    sub === name &&
    String(iss).startsWith(`${name}.SHA256:`) &&
    Buffer.from(fingerprint ?? "", "base64").length === 32 &&
    Number(exp) > Date.now() / 1000
  );
}
