import { StoreError, type StoreErrorCode } from "../../errors.ts";
import type { PlainError } from "./protocol.ts";

/** Primary result codes of SQLite, as they map to ours; what isn't listed is a fault of this package. */
const CODES: Readonly<Record<number, StoreErrorCode>> = {
  5: "store-locked", // BUSY
  6: "store-locked", // LOCKED
  7: "store-io", // NOMEM
  8: "store-io", // READONLY
  10: "store-io", // IOERR
  11: "store-corrupt", // CORRUPT
  13: "store-full", // FULL
  14: "store-io", // CANTOPEN
  15: "store-locked", // PROTOCOL
  18: "store-invalid", // TOOBIG
  19: "store-invalid", // CONSTRAINT
  20: "store-invalid", // MISMATCH
  22: "store-io", // NOLFS
  23: "store-io", // AUTH
  25: "store-invalid", // RANGE
  26: "store-corrupt", // NOTADB
};

/** The typed error for anything thrown by the database or on the way to it. */
export function toStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StoreError(codeOf(error), message, { cause: error });
}

function codeOf(error: unknown): StoreErrorCode {
  if (!(error instanceof Error)) return "store-failed";
  if ("errcode" in error && typeof error.errcode === "number") return CODES[error.errcode & 0xff] ?? "store-failed";
  // The driver refuses values it can't bind before SQLite sees them.
  if ("code" in error && error.code === "ERR_INVALID_ARG_TYPE") return "store-invalid";
  if ("code" in error && error.code === "ENOSPC") return "store-full";
  return "syscall" in error ? "store-io" : "store-failed";
}

/** For the way between threads, where classes are lost. */
export function toPlainError(error: unknown): PlainError {
  const { code, detail, stack } = toStoreError(error);
  return { code, detail, stack };
}

/** The typed error on the other side; `cause` keeps the stack of the thread that met it. */
export function fromPlainError({ code, detail, stack }: PlainError): StoreError {
  const cause = new Error(detail);
  if (stack !== undefined) cause.stack = stack;
  return new StoreError(code, detail, { cause });
}
