import { TaskFailure } from "@capstan/sdk";
import { DatabaseFailure, type Remedy } from "../../connection.ts";

/** What the server says about a refusal. */
interface ServerError extends Error {
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly position?: string;
  readonly severity?: string;
  /** What it was at: in a COPY, the line of the file. */
  readonly where?: string;
}

/** Serialization failures, deadlocks, locks that others hold, and servers that are full. */
const LATER = /^(?:40001|40P01|55P03|53\d{3})$/u;
/** Servers that are starting or stopping, and connections that somebody ended. */
const SESSION_ENDED = /^(?:57P0[123]|08\w{3})$/u;
const INSIDE_TRANSACTION = "25001";

/** A refusal of the server in words for the author of the SQL; `sql` shows where the server points to. */
export function postgresFailure(error: unknown, sql = ""): TaskFailure {
  if (error instanceof TaskFailure) return error;
  const refusal = error as ServerError;
  if (refusal.severity === undefined)
    return new DatabaseFailure(`The connection to the database is lost: ${refusal.message}`, {
      cause: error,
      remedy: "connect-again",
    });
  const { code = "", message, detail, hint, position, where: at } = refusal;
  const where = position === undefined ? "" : `, ${placeOf(sql, Number(position))}`;
  const more = [detail, hint, at?.startsWith("COPY ") === true ? at : undefined]
    .filter((text) => text !== undefined)
    .map((text) => ` ${text}`);
  return new DatabaseFailure(`The database refuses it: ${message} (${code}${where}).${more.join("")}`, {
    cause: error,
    remedy: remedyOf(code),
  });
}

function remedyOf(code: string): Remedy {
  if (code === INSIDE_TRANSACTION) return "outside-transaction";
  if (SESSION_ENDED.test(code)) return "connect-again";
  return LATER.test(code) ? "later" : "none";
}

/** Positions of the server count characters from 1. */
function placeOf(sql: string, position: number): string {
  const before = Array.from(sql).slice(0, position - 1);
  const line = before.filter((character) => character === "\n").length + 1;
  return `line ${line}, column ${position - 1 - before.lastIndexOf("\n")}`;
}
