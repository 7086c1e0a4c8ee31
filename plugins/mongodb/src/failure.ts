import { TaskFailure } from "@capstan/sdk";

/** What the driver tells, without its classes: they are loaded with it. */
interface DriverError extends Error {
  readonly code?: number | string;
  readonly codeName?: string;
  /** Of a write among several: which one it was, from 0 on. */
  readonly index?: number;
}

/** Unauthorized, AuthenticationFailed. */
const NOT_ALLOWED: ReadonlySet<unknown> = new Set([13, 18]);

/** A refusal of the server, or that there is none, in words for the author of the flow. */
export function mongoFailure(error: unknown): unknown {
  if (error instanceof TaskFailure || !(error instanceof Error)) return error;
  const { name, message, code, codeName } = error as DriverError;
  if (name === "MongoServerSelectionError" || name === "MongoNetworkError" || name === "MongoNetworkTimeoutError")
    return new TaskFailure(
      `MongoDB can't be reached: ${message}. Check the host in \`connection.uri\`, and that it runs.`,
      {
        cause: error,
      },
    );
  if (!name.startsWith("Mongo") && !name.startsWith("BSON")) return error;
  const known = codeName ?? (code === undefined ? undefined : `code ${code}`);
  const advice = NOT_ALLOWED.has(code) ? " Check the user of `connection.uri`, and `authSource`." : "";
  return new TaskFailure(`MongoDB refuses it: ${message}${known === undefined ? "" : ` (${known})`}.${advice}`, {
    cause: error,
  });
}
