import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import type { DuckDBConnection } from "@duckdb/node-api";
import { answerStatement, type End } from "./answers.ts";
import { type Answering, answerTo, type Message, PACKET } from "./packets.ts";
import { behindHeaders, type Call, callOf, transactionOf } from "./requests.ts";
import { CHANGE, done, DONE, environmentChange, returnStatus } from "./tokens.ts";
import type { World } from "./world.ts";

/** One client that has come in. */
export interface SqlServerSession extends AsyncDisposable {
  /** Takes its next message, which is answered behind those before it. */
  take(message: Message): void;
}

const NO_TRANSACTION: Buffer = Buffer.alloc(8);
const NOTHING: Buffer = Buffer.alloc(0);

/** A session, whose answers leave in packets of `packetBytes`. */
export async function openSession(world: World, stream: Duplex, packetBytes: number): Promise<SqlServerSession> {
  const session = { world, connection: await world.instance.connect(), transaction: NO_TRANSACTION };
  let current = new AbortController();
  let working = Promise.resolve();
  stream.once("close", () => current.abort());

  const answer = async (next: Message, isOver: AbortSignal): Promise<void> => {
    const answering = answerTo(stream, packetBytes);
    if (next.type === PACKET.attention) await answering.write(done("statement", DONE.attention));
    else await answerMessage(session, next, answering, isOver);
    await answering.end();
  };
  const answerBehind = async (before: Promise<void>, next: Message, isOver: AbortSignal): Promise<void> => {
    try {
      await before;
      await answer(next, isOver);
    } catch {
      stream.destroy(); // What the stand-in was not made for.
    } finally {
      world.running -= 1;
    }
  };
  return {
    take: (next) => {
      if (next.type === PACKET.attention) {
        current.abort();
        world.ended += 1;
      } else current = new AbortController();
      world.running += 1;
      working = answerBehind(working, next, current.signal);
    },
    [Symbol.asyncDispose]: async () => {
      current.abort();
      await working;
      session.connection.closeSync();
    },
  };
}

interface Session {
  readonly world: World;
  readonly connection: DuckDBConnection;
  /** What requests have to name. */
  transaction: Buffer;
}

async function answerMessage(
  session: Session,
  { type, data, ignored }: Message,
  answer: Answering,
  isOver: AbortSignal,
): Promise<void> {
  if (ignored) {
    await answer.write(done("statement", DONE.error));
    return;
  }
  const body = behindHeaders(data, session.transaction);
  if (type === PACKET.transaction) {
    await answer.write(await changeTransaction(session, transactionOf(body)));
    return;
  }
  const isCall = type === PACKET.rpc;
  const call: Call = isCall ? callOf(body) : { sql: body.toString("utf16le"), declarations: "", values: new Map() };
  const text = call.sql.replace(/[\s;]+$/u, "");
  session.world.statements.push(call.declarations === "" ? text : `${text} -- ${call.declarations}`);
  const end: End = isCall ? "inProcedure" : "statement";
  const how = await answerStatement({ ...session, answer, isOver }, text, call.values, end);
  if (!isCall || how === "ended") return;
  await answer.write(returnStatus(0));
  await answer.write(done("procedure", how === "error" ? DONE.error : 0));
}

async function changeTransaction(session: Session, wanted: "begin" | "commit" | "rollback"): Promise<Buffer> {
  await session.connection.run({ begin: "BEGIN", commit: "COMMIT", rollback: "ROLLBACK" }[wanted]);
  if (wanted === "begin") session.world.transactions += 1;
  const before = session.transaction;
  session.transaction = wanted === "begin" ? randomBytes(8) : NO_TRANSACTION;
  const change =
    wanted === "begin"
      ? environmentChange(CHANGE.begin, session.transaction, NOTHING)
      : environmentChange(CHANGE[wanted], NOTHING, before);
  return Buffer.concat([change, done("statement", 0)]);
}
