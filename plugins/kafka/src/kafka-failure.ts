import { TaskFailure } from "@capstan/sdk";

/** Reasons that are told; a client that tried again has one for each time. */
const REASONS_MAX = 3;

/** A failure of the client as one for the user, in front of which `told` says what could not be done. Anything else stays what it is. */
export function kafkaFailure(told: string, error: unknown): unknown {
  if (error instanceof TaskFailure || !isOfClient(error)) return error;
  const reasons = [...new Set(reasonsOf(error))].slice(0, REASONS_MAX);
  return new TaskFailure(`${told}: ${reasons.join("; ")}`, { cause: error });
}

/** All errors of the client have such a code. */
function isOfClient(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("PLT_KFK_");
}

/** The innermost messages, which say what really happened. */
function reasonsOf(error: Error): readonly string[] {
  const inner = error instanceof AggregateError && error.errors.length > 0 ? error.errors : [error.cause];
  const causes = inner.filter((cause) => cause instanceof Error);
  if (causes.length === 0) return [error.message];
  return causes.flatMap(reasonsOf);
}
