import { TaskFailure } from "@capstan/sdk";
import { DatabaseFailure, type Remedy } from "../../connection.ts";

/** What the server refuses has a number; what the library finds, a word. */
interface HanaError extends Error {
  readonly code?: number | string;
}

/** Locks that others hold, deadlocks, and a server with too much to do. */
const LATER: ReadonlySet<number> = new Set([131, 133, 146, 613, 616]);
/** Sessions that somebody ended, and servers that go down. */
const SESSION_ENDED: ReadonlySet<number> = new Set([663, 665, 1033, 1039]);

/** A refusal of the server in words for the author of the SQL. */
export function hanaFailure(error: unknown): TaskFailure {
  if (error instanceof TaskFailure) return error;
  const { message, code = "" } = error as HanaError;
  if (typeof code !== "number")
    return new DatabaseFailure(`The connection to the database is lost: ${message} (${code}).`, {
      cause: error,
      remedy: "connect-again",
    });
  return new DatabaseFailure(`The database refuses it: ${message} (${code}).`, {
    cause: error,
    remedy: remedyOf(code),
  });
}

function remedyOf(code: number): Remedy {
  if (SESSION_ENDED.has(code)) return "connect-again";
  return LATER.has(code) ? "later" : "none";
}
