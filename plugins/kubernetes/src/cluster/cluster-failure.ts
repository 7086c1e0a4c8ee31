import { TaskFailure } from "@capstan/sdk";

/** The API server refused a request. */
export class ClusterFailure extends TaskFailure {
  readonly status: number;
  /** In one word, such as `NotFound` or `AlreadyExists`. */
  readonly reason: string;
  /** How long the server wants to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  constructor(message: string, status: number, reason: string, retryAfterMs?: number) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

export const NOT_FOUND = 404;
export const CONFLICT = 409;
/** The place in the history from which a watch should go on is forgotten. */
export const GONE = 410;

export function isRefusal(error: unknown, status: number): error is ClusterFailure {
  return error instanceof ClusterFailure && error.status === status;
}

interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly retryAfterSeconds?: number };
}

const REMEDIES: Readonly<Record<number, string>> = {
  401: "the cluster doesn't know who asks: check the token or the certificate of the `connection`",
  403: "who asks has no right to it: give the account a role",
};

/** What a refusal says. */
export function refusalOf(
  { statusCode, headers }: { readonly statusCode: number; readonly headers: Readonly<Record<string, unknown>> },
  text: string,
): ClusterFailure {
  const status = statusOf(text);
  const seconds = Number(headers["retry-after"] ?? status.details?.retryAfterSeconds);
  const said = status.message ?? (text.trim().slice(0, 500) || `nothing (status ${statusCode})`);
  const remedy = REMEDIES[statusCode] === undefined ? "" : ` (${REMEDIES[statusCode]})`;
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : undefined;
  return new ClusterFailure(`the cluster says: ${said}${remedy}`, statusCode, status.reason ?? "", retryAfterMs);
}

function statusOf(text: string): Status {
  try {
    return JSON.parse(text) as Status;
  } catch {
    return {};
  }
}

/** Nobody answered. */
export function unanswered(server: string, cause: Error): TaskFailure {
  const { code } = (cause.cause ?? cause) as NodeJS.ErrnoException;
  const why = cause.message || code || cause.name;
  return new TaskFailure(`the cluster at ${server} can't be reached: ${why}`, { cause });
}
