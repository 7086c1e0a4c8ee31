import { TaskFailure } from "@capstan/sdk";
import type { ErrorData } from "./messages.ts";

export function errorData(error: unknown): ErrorData {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack } = error;
  const { code } = error as NodeJS.ErrnoException;
  return {
    name,
    message,
    ...(stack === undefined ? {} : { stack }),
    ...(typeof code === "string" ? { code } : {}),
    ...(error instanceof TaskFailure && error.outputs !== undefined ? { outputs: error.outputs } : {}),
  };
}

/** The error again; a `TaskFailure` is one on the other side, too. */
export function errorOf({ name, message, stack, code, outputs }: ErrorData): Error {
  if (name === "TaskFailure")
    return new TaskFailure(message, outputs === undefined ? {} : { outputs: outputs as Record<string, unknown> });
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return code === undefined ? error : Object.assign(error, { code });
}
