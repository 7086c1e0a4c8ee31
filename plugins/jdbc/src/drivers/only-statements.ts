import { type ExchangeOptions, exchangeOptions } from "@capstan/sdk/http";
import type { Connection } from "../connection.ts";

/** A statement may be silent for long: its time is limited by the task's `timeout`. */
const SILENCE_MS = 3_600_000;
const CONNECT_MS = 10_000;

/** How statements are sent by HTTP, to a server that keeps nothing between two of them. */
export function statementExchange({
  user,
  password,
}: {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}): ExchangeOptions {
  return {
    ...exchangeOptions({}, SILENCE_MS),
    connectTimeoutMs: CONNECT_MS,
    limitNames: { connect: "url", readIdle: "timeout" },
    ...(user !== undefined && { auth: { type: "BASIC", username: user, password: password ?? "" } }),
  };
}

/** A connection that is nothing but its statements, without transactions. */
export function onlyStatements(query: Connection["query"]): Connection {
  const nothing = async (): Promise<void> => undefined;
  return { begin: nothing, commit: nothing, rollback: nothing, query, [Symbol.asyncDispose]: nothing };
}
