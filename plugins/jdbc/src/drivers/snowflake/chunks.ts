import { setTimeout as delay } from "node:timers/promises";
import { send } from "@capstan/sdk/http";
import { DatabaseFailure } from "../../connection.ts";
import { lostConnection } from "./failure.ts";
import { arraysIn } from "./arrays.ts";
import type { RawRow, SnowflakeSession, StatementAnswer } from "./session.ts";
import { EXCHANGE } from "./wire.ts";

/** A file that does not come at once is asked for again: rows of a long answer come in thousands of them. */
const TRIES_MAX = 4;
const WAIT_MS = 250;
/** The server's address of a file holds for some hours. */
const EXPIRED = 403;

/** All rows of an answer, those in files as they come. Throws `DatabaseFailure`. */
export async function* rawRows(
  session: Pick<SnowflakeSession, "answerOf">,
  answer: StatementAnswer,
  signal: AbortSignal,
): AsyncGenerator<RawRow> {
  yield* answer.rowset;
  let current = answer;
  for (const index of (answer.chunks ?? []).keys()) {
    const open = async (): Promise<ChunkBody> => {
      const body = await openChunk(current, index, signal);
      if (body !== undefined) return body;
      current = await session.answerOf(answer.queryId);
      const again = await openChunk(current, index, signal);
      if (again === undefined) throw refused(EXPIRED);
      return again;
    };
    yield* rowsOf(await open(), signal);
  }
}

type ChunkBody = Awaited<ReturnType<typeof send>>["body"];

/** A file as it comes; undefined when its address holds no longer. */
async function openChunk(answer: StatementAnswer, index: number, signal: AbortSignal): Promise<ChunkBody | undefined> {
  const chunk = answer.chunks?.[index];
  if (chunk === undefined) throw new DatabaseFailure("The server lost rows of its answer.", { remedy: "none" });
  const request = { method: "GET", url: new URL(chunk.url), headers: headersOf(answer), body: undefined };
  for (let tries = 1; ; tries += 1) {
    let failure: Error;
    try {
      const { status, body } = await send(request, EXCHANGE, signal);
      if (status === 200) return body;
      body.resume();
      if (status === EXPIRED) return undefined;
      failure = refused(status);
      if (status < 500) throw failure;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof DatabaseFailure) throw error;
      failure = lostConnection(error);
    }
    if (tries === TRIES_MAX) throw failure;
    await delay(WAIT_MS * 2 ** (tries - 1), undefined, { signal });
  }
}

function headersOf({ chunkHeaders, qrmk }: StatementAnswer): Readonly<Record<string, string>> {
  if (chunkHeaders !== undefined) return chunkHeaders;
  if (qrmk === undefined) return {};
  return {
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-server-side-encryption-customer-key": qrmk,
  };
}

async function* rowsOf(body: ChunkBody, signal: AbortSignal): AsyncGenerator<RawRow> {
  try {
    for await (const array of arraysIn(body)) yield JSON.parse(array) as RawRow;
  } catch (error) {
    signal.throwIfAborted();
    throw lostConnection(error);
  } finally {
    body.destroy();
  }
}

function refused(status: number): DatabaseFailure {
  return new DatabaseFailure(`The connection to the database is lost: a file of rows was answered with ${status}.`, {
    remedy: "connect-again",
  });
}
