import { TaskFailure } from "@capstan/sdk";
import { cut } from "@capstan/sdk/http";
import { DatabaseFailure } from "../../connection.ts";

const SHOWN_CHARACTERS = 2_000;
/** Kinds of refusals that may be none a little later. */
const LATER = "INSUFFICIENT_RESOURCES";

/** What the server says about a refusal. */
export interface TrinoError {
  readonly message?: string;
  readonly errorName?: string;
  readonly errorType?: string;
}

/** A refusal of a statement, in words for the author of the SQL. */
export function trinoRefusal({ message, errorName, errorType }: TrinoError): DatabaseFailure {
  const reason = cut(message ?? "it does not say why", SHOWN_CHARACTERS);
  return new DatabaseFailure(`The database refuses it: ${reason}${errorName === undefined ? "" : ` (${errorName})`}`, {
    remedy: errorType === LATER ? "later" : "none",
  });
}

/** An answer that is none of Trino's. */
export function statusFailure(status: number, text: string): DatabaseFailure {
  if (status === 401 || status === 403)
    return new DatabaseFailure(`The server lets nobody in (status ${status}). Check who connects.`, { remedy: "none" });
  const words = /^\s*</u.test(text) ? "" : cut(text.trim(), SHOWN_CHARACTERS);
  const reason = words === "" ? "without words of Trino. Check host and port in `url`." : words;
  return new DatabaseFailure(`The server answered with status ${status}: ${reason}`, { remedy: "none" });
}

/** What becomes of an answer that never came, or broke off. */
export function lostConnection(error: unknown): TaskFailure {
  if (error instanceof DatabaseFailure) return error;
  return new DatabaseFailure(`The connection to the database is lost: ${(error as Error).message}`, {
    cause: error,
    remedy: "connect-again",
  });
}
