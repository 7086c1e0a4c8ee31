import { TaskFailure } from "@capstan/sdk";
import { cut } from "@capstan/sdk/http";
import { DatabaseFailure, type Remedy } from "../../connection.ts";

const SHOWN_CHARACTERS = 2_000;
/** Sessions that are not known, gone, or can't be renewed. */
const SESSION_ENDED: ReadonlySet<string> = new Set(["390104", "390111", "390114", "390115"]);
/** Waited too long for a lock, or was ended for one. */
const LOCKED: ReadonlySet<string> = new Set(["000625", "000640"]);
/** What a busy server answers, or one before it. */
const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** What the server says about a refusal. */
export interface Refusal {
  readonly message?: string | null;
  readonly code?: string | null;
  readonly data?: { readonly queryId?: string } | null;
}

/** A statement that is refused, in words for the author of the SQL. */
export function snowflakeRefusal({ message, code, data }: Refusal): DatabaseFailure {
  const reason = cut((message ?? "it does not say why").trim(), SHOWN_CHARACTERS);
  const details = [code && `code ${code}`, data?.queryId && `query ${data.queryId}`].filter(Boolean).join(", ");
  return new DatabaseFailure(`The database refuses it: ${reason}${details === "" ? "" : ` (${details})`}`, {
    remedy: remedyOf(code ?? ""),
  });
}

/** A login that is refused. */
export function loginRefusal({ message, code }: Refusal): DatabaseFailure {
  const reason = cut((message ?? "it does not say why").trim(), SHOWN_CHARACTERS);
  return new DatabaseFailure(`The server lets nobody in: ${reason} (code ${code ?? "none"}) Check who connects.`, {
    remedy: "none",
  });
}

/** An answer that is none of Snowflake's. */
export function statusFailure(status: number): DatabaseFailure {
  return new DatabaseFailure(
    `The server answered with status ${status}, and no words of Snowflake. Check the account in \`url\`.`,
    { remedy: BUSY.has(status) ? "later" : "none" },
  );
}

/** What becomes of an answer that never came, or broke off. */
export function lostConnection(error: unknown): TaskFailure {
  if (error instanceof DatabaseFailure) return error;
  return new DatabaseFailure(`The connection to the database is lost: ${(error as Error).message}`, {
    cause: error,
    remedy: "connect-again",
  });
}

function remedyOf(code: string): Remedy {
  if (SESSION_ENDED.has(code)) return "connect-again";
  return LOCKED.has(code) ? "later" : "none";
}
