import { TaskFailure } from "@capstan/sdk";
import { DatabaseFailure, type Remedy } from "../../connection.ts";

interface ServerError extends Error {
  readonly code?: string;
  /** Of the server's refusals. */
  readonly errno?: number;
  readonly sqlState?: string;
}

/** Deadlocks, locks that others hold, and too many connections. */
const LATER: ReadonlySet<number> = new Set([1205, 1213, 1040, 1203]);
/** Shutdowns, and sessions that somebody ended. */
const SESSION_ENDED: ReadonlySet<number> = new Set([1053, 1927, 4031]);

/** A refusal of the server in words for the author of the SQL. */
export function mysqlFailure(error: unknown): TaskFailure {
  if (error instanceof TaskFailure) return error;
  const { message, code = "", errno = 0, sqlState } = error as ServerError;
  if (sqlState === undefined || sqlState === "")
    return new DatabaseFailure(`The connection to the database is lost: ${message} (${code}).`, {
      cause: error,
      remedy: "connect-again",
    });
  return new DatabaseFailure(`The database refuses it: ${message} (${code}).`, {
    cause: error,
    remedy: remedyOf(errno),
  });
}

function remedyOf(errno: number): Remedy {
  if (SESSION_ENDED.has(errno)) return "connect-again";
  return LATER.has(errno) ? "later" : "none";
}
