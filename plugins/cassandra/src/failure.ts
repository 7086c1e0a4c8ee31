import { TaskFailure } from "@capstan/sdk";
import type { Session } from "./session.ts";

interface DriverError extends Error {
  /** Of what the cluster refuses. */
  readonly code?: number;
  /** Of a cluster that can't be reached: what each server said. */
  readonly innerErrors?: Readonly<Record<string, Error | string>>;
}

/** A refusal of the cluster, or that there is none, in words for the author of the statement. */
export function cassandraFailure(error: unknown, { endpoints, username }: Session): TaskFailure {
  if (error instanceof TaskFailure) return error;
  const { name, message, innerErrors } = error as DriverError;
  if (name === "NoHostAvailableError" || name === "AuthenticationError") {
    const places = endpoints.map(({ hostname, port }) => `${hostname}:${port}`).join(", ");
    const who = username === undefined ? "" : ` as ${username}`;
    const [first] = Object.values(innerErrors ?? {});
    const reason = first === undefined ? message : typeof first === "string" ? first : first.message;
    return new TaskFailure(
      `There is no connection to ${places}${who}: ${reason.replace(/\.$/u, "")}. Check \`session\`, and that the servers are up.`,
      { cause: error },
    );
  }
  if (name === "ResponseError") return new TaskFailure(`Cassandra refuses it: ${message}`, { cause: error });
  return new TaskFailure(`The connection to Cassandra failed: ${message}`, { cause: error });
}
