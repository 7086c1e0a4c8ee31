import { TaskFailure } from "@capstan/sdk";
import { DatabaseFailure, type Remedy } from "../../connection.ts";

/** What the server writes in place of rows, or behind them: `Code: 60. DB::Exception: Unknown table …`. */
const EXCEPTION = /Code: (\d+)\. ?(?:DB::Exception: )?(.*)/su;
/** What newer servers write around it, where rows were sent before. */
const FRAME = /\r\n\d+ \w+\r\n__exception__\r\n$/u;
const SHOWN_CHARACTERS = 2_000;
/** TIMEOUT_EXCEEDED, TOO_MANY_SIMULTANEOUS_QUERIES, MEMORY_LIMIT_EXCEEDED, TOO_MANY_PARTS, and those of Keeper. */
const LATER: ReadonlySet<number> = new Set([159, 202, 241, 252, 999]);
/** AUTHENTICATION_FAILED, REQUIRED_PASSWORD, UNKNOWN_USER, WRONG_PASSWORD. */
const NOT_COME_IN: ReadonlySet<number> = new Set([516, 194, 192, 193]);

/** A refusal of the server in words for the author of the SQL, with its number. */
export class ClickhouseRefusal extends DatabaseFailure {
  readonly code: number;
  constructor(message: string, code: number, remedy: Remedy) {
    super(message, { remedy });
    this.code = code;
  }
}

/** The refusal that a text of the server tells. */
export function clickhouseRefusal(text: string): ClickhouseRefusal {
  const [, number, told] = EXCEPTION.exec(text) ?? [];
  const reason = (told ?? text).replace(FRAME, "").trim().slice(0, SHOWN_CHARACTERS);
  const code = Number(number ?? 0);
  if (NOT_COME_IN.has(code))
    return new ClickhouseRefusal(`The server lets nobody in: ${reason} Check who connects.`, code, "none");
  const named = number === undefined ? "" : ` (code ${code})`;
  const remedy = LATER.has(code) ? "later" : "none";
  return new ClickhouseRefusal(`The database refuses it: ${reason}${named}`, code, remedy);
}

/** What becomes of an answer that never came, or broke off. */
export function lostConnection(error: unknown): TaskFailure {
  if (error instanceof DatabaseFailure) return error;
  const { message } = error as Error;
  return new DatabaseFailure(`The connection to the database is lost: ${message}`, {
    cause: error,
    remedy: "connect-again",
  });
}
