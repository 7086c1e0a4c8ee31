import { TaskFailure } from "@capstan/sdk";
import { DatabaseFailure, type Remedy } from "../../connection.ts";

/** What the server refuses, as the library tells it. */
interface ServerError extends Error {
  readonly code?: string;
  /** Of the server's refusals. */
  readonly number?: number;
  readonly lineNumber?: number;
  readonly procName?: string;
}

/** Deadlocks, locks that others hold, and servers of Azure that are busy or moving. */
const LATER: ReadonlySet<number> = new Set([1205, 1222, 3960, 10_928, 10_929, 40_501, 49_918, 49_919, 49_920]);
/** Shutdowns, databases that move, and sessions that somebody ended. */
const SESSION_ENDED: ReadonlySet<number> = new Set([596, 6005, 40_197, 40_613]);
/** What must not stand in a transaction: BACKUP, RECONFIGURE, CREATE and ALTER DATABASE, and their kind. */
const OUTSIDE_TRANSACTION: ReadonlySet<number> = new Set([226, 574, 3021]);

/** A refusal of the server in words for the author of the SQL. */
export function sqlServerFailure(error: unknown): TaskFailure {
  if (error instanceof TaskFailure) return error;
  const [first, ...others] = (error instanceof AggregateError ? error.errors : [error]) as readonly ServerError[];
  if (first?.number === undefined)
    return new DatabaseFailure(`The connection to the database is lost: ${reasonOf(first)}.`, {
      cause: error,
      remedy: "connect-again",
    });
  const told = [first, ...others].map(sentenceOf).join(" ");
  return new DatabaseFailure(`The database refuses it: ${told}`, { cause: error, remedy: remedyOf(first.number) });
}

/** `Invalid object name 'orders'. (208, line 3)`. */
function sentenceOf({ message, number, lineNumber = 0, procName = "" }: ServerError): string {
  const place = procName === "" ? "" : ` of ${procName}`;
  return `${message} (${number}${lineNumber > 1 || place !== "" ? `, line ${lineNumber}${place}` : ""})`;
}

function remedyOf(number: number): Remedy {
  if (SESSION_ENDED.has(number)) return "connect-again";
  if (OUTSIDE_TRANSACTION.has(number)) return "outside-transaction";
  return LATER.has(number) ? "later" : "none";
}

/** The reason of an error, or of what caused it, without the dot that some end with. */
export function reasonOf(error: Error | undefined): string {
  const { message = "", cause } = error ?? {};
  const deeper = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause;
  const why = deeper instanceof Error && deeper.message !== "" ? deeper.message : message;
  return why.replace(/\.$/u, "");
}
