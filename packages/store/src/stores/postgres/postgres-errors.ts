import { StoreError, type StoreErrorCode } from "../../errors.ts";

/** Codes of PostgreSQL that callers of the database expect. */
export const UNDEFINED_TABLE = "42P01";
export const DUPLICATE_TABLE = "42P07";
export const LOCK_NOT_AVAILABLE = "55P03";
export const CHECK_VIOLATION = "23514";
export const UNIQUE_VIOLATION = "23505";
export const INVALID_OBJECT_DEFINITION = "42P17";
/** What `begin_commit` says of an epoch that is not the last. */
const TAKEN_OVER = "CAP01";

/** Whether the database refused something with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** Codes and classes of PostgreSQL, the longer first, as they map to ours; what isn't listed is a fault of this package. */
const CODES: readonly (readonly [string, StoreErrorCode])[] = [
  [TAKEN_OVER, "store-locked"],
  ["28", "store-refused"], // Who may come in.
  ["3D", "store-refused"], // No such database.
  ["42501", "store-refused"], // Privileges.
  ["08", "store-unreachable"],
  ["57P", "store-unreachable"], // It stops, starts, or ended this connection.
  ["53300", "store-unreachable"], // Too many connections.
  ["25006", "store-unreachable"], // Read-only: a standby, not yet promoted.
  ["53100", "store-full"],
  ["53", "store-io"],
  ["58", "store-io"],
  ["57014", "store-slow"],
  [LOCK_NOT_AVAILABLE, "store-busy"],
  ["40", "store-locked"],
  ["XX", "store-corrupt"],
  ["22", "store-invalid"],
  ["23", "store-invalid"],
  ["54", "store-invalid"], // An entry of an index, or a row, that is too large.
];

/** What Node says of connections that can't be made, or are lost. */
const NETWORK = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "ENOENT",
]);

/** The typed error for anything thrown by the database or on the way to it. */
export function toStoreError(error: unknown, label: string): StoreError {
  if (error instanceof StoreError) return error;
  const message = messageOf(error);
  const code = codeOf(error);
  return new StoreError(code, `${label}: ${message}`, { cause: error });
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join(", ");
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): StoreErrorCode {
  if (!(error instanceof Error)) return "store-failed";
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (code !== undefined && NETWORK.has(code)) return "store-unreachable";
  if (code !== undefined && /^[\dA-Z]{5}$/.test(code)) {
    return CODES.find(([prefix]) => code.startsWith(prefix))?.[1] ?? "store-failed";
  }
  if (code !== undefined && /^(?:ERR_TLS|ERR_SSL|UNABLE_TO_)|CERT/.test(code)) return "store-refused";
  if (/server does not support SSL/i.test(error.message)) return "store-refused";
  // What the driver says of connections that ended, or were not made in time.
  return /connection|timeout|not queryable/i.test(error.message) ? "store-unreachable" : "store-failed";
}

/** Whether the database may be asked again later, with the same words. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof StoreError && error.code === "store-unreachable";
}

/**
 * Whether a row was on its way to the default partition while its own was made: the same statement finds that. No table has
 * constraints of its own that could be violated.
 */
export function isPartitionMade({ cause }: StoreError): boolean {
  return hasCode(cause, CHECK_VIOLATION);
}

/** Whether another process writes to the database now, so that this one can't any more. */
export function isTakenOver({ cause }: StoreError): boolean {
  return hasCode(cause, TAKEN_OVER);
}
