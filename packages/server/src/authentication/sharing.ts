import type { FastifyReply, FastifyRequest } from "fastify";

const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
const PREFLIGHT_SECONDS = "600";

/**
 * Lets the pages of an allowed origin read an answer (CORS). Answers true when the request was a browser's question
 * whether it may call, which is then answered; it comes without a credential. Other origins get no header, so that
 * browsers keep the answer from their pages.
 */
export function shareWithOrigin(request: FastifyRequest, reply: FastifyReply, allowed: ReadonlySet<string>): boolean {
  const { origin } = request.headers;
  if (allowed.size === 0) return false;
  reply.header("vary", "origin");
  if (origin === undefined || !allowed.has(origin)) return false;
  reply.header("access-control-allow-origin", origin);
  reply.header("access-control-allow-credentials", "true");
  reply.header("cross-origin-resource-policy", "cross-origin");
  if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined) return false;
  reply.header("access-control-allow-methods", METHODS);
  reply.header("access-control-allow-headers", request.headers["access-control-request-headers"] ?? "");
  reply.header("access-control-max-age", PREFLIGHT_SECONDS);
  void reply.code(204).send();
  return true;
}
