import { once } from "node:events";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Answering } from "./packets.ts";
import { type Answered, run, translated } from "./statements.ts";
import { columnMetadata, done, DONE, message, row } from "./tokens.ts";
import type { ScriptedAnswer, World } from "./world.ts";

/** A statement that is over only when the client ends it. */
export const ENDLESS = "WAITFOR DELAY '00:10:00'";

/** What a statement is answered with. */
export interface Work {
  readonly world: World;
  readonly connection: DuckDBConnection;
  readonly answer: Answering;
  /** Aborts when the client wants no more of it. */
  readonly isOver: AbortSignal;
}

/** Which token ends a statement. */
export type End = "statement" | "inProcedure";

/** Answers one statement, and tells how it ended. */
export async function answerStatement(
  { world, connection, answer, isOver }: Work,
  text: string,
  values: ReadonlyMap<string, unknown>,
  end: End,
): Promise<"done" | "error" | "ended"> {
  const known = world.wanted.scripted?.[text];
  if (known !== undefined) return answerScripted(known, answer, end);
  // What every session begins with.
  if (text.split("\n").every((line) => /^set /iu.test(line))) return answerScripted({}, answer, end);
  if (text === ENDLESS) {
    if (!isOver.aborted) await once(isOver, "abort");
    return "ended";
  }
  const more = end === "inProcedure" ? DONE.more : 0;
  try {
    const { columns, rows, changed }: Answered = await run(connection, translated(text), values);
    if (columns === undefined) {
      const count = changed === undefined ? 0 : DONE.count;
      await answer.write(done(end, count | more, changed));
      return "done";
    }
    await answer.write(columnMetadata(columns));
    let size = 0;
    for await (const some of rows) {
      await answer.write(Buffer.concat(some.map((one) => row(columns, one))));
      size += some.length;
      await new Promise(setImmediate);
      if (isOver.aborted) return "ended";
    }
    await answer.write(done(end, DONE.count | more, size));
    return "done";
  } catch (error) {
    await answer.write(message("error", numberOf(error as Error), (error as Error).message));
    await answer.write(done(end, DONE.error | more));
    return "error";
  }
}

async function answerScripted(
  { results = [], errors = [], notes = [] }: ScriptedAnswer,
  answer: Answering,
  end: End,
): Promise<"done" | "error"> {
  const more = end === "inProcedure" ? DONE.more : 0;
  for (const text of notes) await answer.write(message("info", 0, text));
  for (const [index, { columns, rows }] of results.entries()) {
    await answer.write(Buffer.concat([columnMetadata(columns), ...rows.map((one) => row(columns, one))]));
    const isLast = index === results.length - 1 && errors.length === 0;
    await answer.write(done(end, DONE.count | (isLast ? more : DONE.more), rows.length));
  }
  for (const [number, text] of errors) await answer.write(message("error", number, text));
  if (errors.length > 0 || results.length === 0)
    await answer.write(done(end, (errors.length > 0 ? DONE.error : 0) | more));
  return errors.length > 0 ? "error" : "done";
}

/** The number that the server has for a refusal of its kind. */
function numberOf({ message: text }: Error): number {
  if (/duplicate key/iu.test(text)) return 2627;
  if (text.startsWith("Catalog Error")) return 208;
  return text.startsWith("Conversion Error") ? 245 : 102;
}
