import type { Acting } from "@capstan/runtime";
import type { FastifyRequest } from "fastify";
import { callerName } from "./credential.ts";

/** Stands for a caller that showed a token: tokens have no names. */
const TOKEN = "(a token)";

/** Who calls, for the history of what is changed; nobody where everybody may call. */
export function actingAs({ headers, isAuthenticated }: FastifyRequest): Acting {
  return isAuthenticated ? { by: callerName(headers) ?? TOKEN } : {};
}
