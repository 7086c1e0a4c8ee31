import { once } from "node:events";
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { decodeText, encodeText } from "./cesu.ts";
import { must } from "../must.ts";
import { errorPart, MESSAGE, numberPart, type Part, PART, type Request, truthPart } from "./messages.ts";
import { columnsPart, type Cursor, functionOf, parametersPart, parameterTypes, run, valuesOf } from "./statements.ts";
import { NVARCHAR, type WireColumn } from "./wire-types.ts";
import type { ScriptedAnswer, World } from "./world.ts";

/** A statement that is over only when somebody ends it. */
export const ENDLESS = "CALL ENDLESS()";

/** What a session answers: the kind of the statement, and parts. */
export interface SessionAnswer {
  readonly functionCode: number;
  readonly parts: readonly Part[];
}

interface Session {
  readonly world: World;
  readonly connection: DuckDBConnection;
  readonly id: string;
  readonly cursors: Map<string, Cursor>;
  readonly statements: Map<string, { readonly sql: string; readonly types: readonly number[] }>;
  isInTransaction: boolean;
  /** Aborts when somebody ends what it runs. */
  cancelled: AbortController;
}

const CANCELLED = 139;
const NOT_ALLOWED = 258;
const PARAMETERS_KIND = { rolledBack: 0, committed: 1 };
const ATTRIBUTE = { last: 1, first: 4, closed: 16 };
/** Rows that come with the answer to the statement. */
const FIRST_ROWS = 32;

/** Answers the requests of one client that has come in. */
export async function openSession(world: World, id: string) {
  const session: Session = {
    world,
    connection: await world.instance.connect(),
    id,
    cursors: new Map(),
    statements: new Map(),
    isInTransaction: false,
    cancelled: new AbortController(),
  };
  world.sessions.set(id, () => session.cancelled.abort());
  return {
    answer: async (request: Request): Promise<SessionAnswer> => {
      try {
        return await answer(session, request);
      } catch (error) {
        const { message, code = codeOf(message) } = error as Error & { readonly code?: number };
        if (message.startsWith("it must hold")) throw error;
        return { functionCode: 0, parts: [errorPart(code, message)] };
      }
    },
    close: () => {
      world.sessions.delete(id);
      session.cancelled.abort();
      world.openCursors -= session.cursors.size;
      session.connection.closeSync();
    },
  };
}

async function answer(session: Session, request: Request): Promise<SessionAnswer> {
  const part = (kind: number): Part => {
    const found = request.parts.get(kind);
    must(found !== undefined, `the request ${request.type} has a part ${kind}`);
    return found!;
  };
  switch (request.type) {
    case MESSAGE.executeDirect:
      return execute(session, decodeText(part(PART.command).data), [[]], request.commits);
    case MESSAGE.prepare:
      return prepare(session, decodeText(part(PART.command).data));
    case MESSAGE.execute: {
      const { sql, types } = session.statements.get(part(PART.statementId).data.toString("hex"))!;
      return execute(session, sql, valuesOf(part(PART.parameters), types.length), request.commits);
    }
    case MESSAGE.fetchNext:
      return fetched(session, part(PART.resultSetId).data, part(PART.fetchSize).data.readInt32LE());
    case MESSAGE.closeResultSet:
      if (session.cursors.delete(part(PART.resultSetId).data.toString("hex"))) session.world.openCursors -= 1;
      return { functionCode: 19, parts: [] };
    case MESSAGE.dropStatement:
      must(session.statements.delete(part(PART.statementId).data.toString("hex")), "a statement is dropped once");
      return { functionCode: 0, parts: [] };
    case MESSAGE.readLob:
      return readLob(session, part(PART.readLobRequest).data);
    case MESSAGE.commit:
    case MESSAGE.rollback:
      return ended(session, request.type === MESSAGE.commit);
    default:
      throw new Error(`it must hold that ${request.type} is a known request`);
  }
}

async function ended(session: Session, isGood: boolean): Promise<SessionAnswer> {
  if (session.isInTransaction) await session.connection.run(isGood ? "COMMIT" : "ROLLBACK");
  session.isInTransaction = false;
  const flag = isGood ? PARAMETERS_KIND.committed : PARAMETERS_KIND.rolledBack;
  return { functionCode: isGood ? 11 : 12, parts: [truthPart(PART.transactionFlags, flag)] };
}

let numbers = 0n;

function newId(): Buffer {
  numbers += 1n;
  const id = Buffer.alloc(8);
  id.writeBigUInt64LE(numbers);
  return id;
}

async function prepare(session: Session, sql: string): Promise<SessionAnswer> {
  const types = await parameterTypes(session.connection, sql);
  const id = newId();
  session.statements.set(id.toString("hex"), { sql, types });
  const parts = [{ kind: PART.statementId, count: 1, data: id }, parametersPart(types)];
  return { functionCode: functionOf(sql), parts };
}

async function execute(
  session: Session,
  sql: string,
  rows: readonly (readonly DuckDBValue[])[],
  commits: boolean,
): Promise<SessionAnswer> {
  const { world, connection } = session;
  world.statements.push(sql);
  const functionCode = functionOf(sql);
  const own = await ownStatement(session, sql);
  if (own !== undefined) return own;
  const scripted = world.wanted.scripted?.[sql];
  if (scripted?.columns !== undefined) return opened(session, scriptedCursor(scripted, scripted.columns));
  if (scripted?.error !== undefined) return { functionCode: 0, parts: [errorPart(...scripted.error)] };
  if (!commits && !session.isInTransaction) {
    await connection.run("BEGIN");
    session.isInTransaction = true;
  }
  let changed: number | undefined;
  for (const values of rows) {
    const result = await run(connection, sql, values);
    if (typeof result === "object") return opened(session, result);
    if (result !== undefined) changed = (changed ?? 0) + result;
  }
  return { functionCode, parts: changed === undefined ? [] : [numberPart(PART.rowsAffected, changed)] };
}

/** All rows at once; where there is an error, it comes when more are asked for. */
function scriptedCursor({ rows = [], error }: ScriptedAnswer, columns: readonly WireColumn[]): Cursor {
  let isAsked = false;
  return {
    columns,
    next: async () => {
      if (isAsked) throw Object.assign(new Error(error![1]), { code: error![0] });
      isAsked = true;
      return { rows, isLast: error === undefined };
    },
  };
}

/** Statements that are about sessions. */
async function ownStatement(session: Session, sql: string): Promise<SessionAnswer | undefined> {
  const { world, id } = session;
  if (sql.startsWith("SELECT CURRENT_CONNECTION")) {
    const columns = [{ name: "ID", type: NVARCHAR }];
    return opened(session, { columns, next: async () => ({ rows: [[id]], isLast: true }) });
  }
  if (sql.startsWith("SET SCHEMA")) return { functionCode: 1, parts: [] };
  const [, victim] = /^ALTER SYSTEM CANCEL SESSION '(\d+)'$/u.exec(sql) ?? [];
  if (victim !== undefined) {
    if (world.wanted.forbidsCancel === true)
      return { functionCode: 0, parts: [errorPart(NOT_ALLOWED, "insufficient privilege")] };
    world.ended += 1;
    world.sessions.get(victim)?.();
    return { functionCode: 1, parts: [] };
  }
  if (sql !== ENDLESS) return undefined;
  if (!session.cancelled.signal.aborted) await once(session.cancelled.signal, "abort");
  return { functionCode: 0, parts: [errorPart(CANCELLED, "current operation cancelled by request")] };
}

/** The first rows of a cursor, and how to come to the others. */
async function opened(session: Session, cursor: Cursor): Promise<SessionAnswer> {
  const id = newId();
  session.cursors.set(id.toString("hex"), cursor);
  session.world.openCursors += 1;
  const rows = await rowsPart(session, id, FIRST_ROWS, ATTRIBUTE.first);
  const parts = [columnsPart(cursor.columns), { kind: PART.resultSetId, count: 1, data: id }, rows];
  return { functionCode: 5, parts };
}

async function fetched(session: Session, id: Buffer, count: number): Promise<SessionAnswer> {
  return { functionCode: 10, parts: [await rowsPart(session, id, count, 0)] };
}

async function rowsPart(session: Session, id: Buffer, count: number, attributes: number): Promise<Part> {
  const cursor = session.cursors.get(id.toString("hex"));
  must(cursor !== undefined, "a cursor is open while it is read");
  const { rows, isLast } = await cursor!.next(count);
  const data = rows.map((row) => Buffer.concat(cursor!.columns.map(({ type }, index) => type.encode(row[index]))));
  if (isLast) {
    session.cursors.delete(id.toString("hex"));
    session.world.openCursors -= 1;
  }
  const end = isLast ? ATTRIBUTE.last | ATTRIBUTE.closed : 0;
  return { kind: PART.resultSet, attributes: attributes | end, count: rows.length, data: Buffer.concat(data) };
}

/** A part of a long value, whose offset counts from 1: in units of 16 bits of texts, and in bytes of others. */
function readLob({ world }: Session, asked: Buffer): SessionAnswer {
  const place = asked.readBigInt64LE(0);
  const value = world.longValues[Number(place)]!;
  const start = Number(asked.readBigInt64LE(8)) - 1;
  const end = start + asked.readInt32LE(16);
  const part = value.slice(start, end);
  const chunk = typeof part === "string" ? encodeText(part) : part;
  const head = Buffer.alloc(16);
  head.writeBigInt64LE(place, 0);
  head[8] = end >= value.length ? 6 : 2;
  head.writeInt32LE(chunk.length, 9);
  return { functionCode: 16, parts: [{ kind: PART.readLobReply, count: 1, data: Buffer.concat([head, chunk]) }] };
}

/** The number that the server has for a refusal of its kind. */
function codeOf(message: string): number {
  if (/duplicate key/iu.test(message)) return 301;
  return message.startsWith("Catalog Error") ? 259 : 257;
}
