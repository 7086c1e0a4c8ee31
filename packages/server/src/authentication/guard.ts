import type { FastifyInstance } from "fastify";
import { ANSWER_HEADERS } from "../answer-headers.ts";
import { Refusal } from "../refusal.ts";
import { TENANT } from "../tenant.ts";
import type { Authenticator } from "./authenticator.ts";
import type { Credentials } from "./credential.ts";
import { hostName, isCrossOrigin, isLoopback } from "./origin.ts";
import { shareWithOrigin } from "./sharing.ts";

export interface GuardOptions {
  readonly host: string;
  /** None: everybody on this machine may call. */
  readonly authentication?: Credentials | undefined;
  /** Paths, or beginnings of paths that end with `/`, that anybody may call besides the public routes. */
  readonly openUrls?: readonly string[] | undefined;
  /** Other origins whose pages may call the API, such as `http://localhost:5173`. */
  readonly allowedOrigins?: readonly string[] | undefined;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Its credential is one that the server accepts. */
    isAuthenticated: boolean;
  }
}

/** The choke point before every handler: the tenant, the credential, and where the request comes from. */
export function guard(server: FastifyInstance, options: GuardOptions, authenticator: Authenticator | undefined): void {
  const open = options.openUrls ?? [];
  const origins = new Set(options.allowedOrigins);
  server.decorateRequest("isAuthenticated", false);
  server.addHook("onRequest", (request, reply, done) => {
    reply.headers(ANSWER_HEADERS);
    const { tenant } = request.params as { tenant?: string };
    const isKnownTenant = tenant === undefined || tenant === TENANT;
    if (request.routeOptions.config.public === true) {
      if (request.method === "HEAD" && request.routeOptions.config.permission !== undefined)
        return done(new Refusal("method-not-allowed", "HEAD asks without effect, and this route may have one"));
      return isKnownTenant ? done() : done(unknownTenant(tenant));
    }
    if (shareWithOrigin(request, reply, origins)) return;
    if (isOpen(open, request.originalUrl)) return isKnownTenant ? done() : done(unknownTenant(tenant));
    const refusal =
      authenticator === undefined
        ? hostRefusal(request.headers.host, options.host)
        : request.routeOptions.config.permission === "login"
          ? undefined
          : authenticator.refuse(request, reply);
    if (refusal !== undefined) return done(refusal);
    request.isAuthenticated = authenticator !== undefined && request.routeOptions.config.permission !== "login";
    if (isCrossOrigin(request.method, request.headers, origins))
      return done(
        new Refusal(
          "cross-origin",
          "Pages of other origins may not call this API; allow one with the setting server.allowedOrigins",
        ),
      );
    return isKnownTenant ? done() : done(unknownTenant(tenant));
  });
}

/** A name of another site that resolves to this machine is how a page would pass for one of this server. */
function hostRefusal(header: string | undefined, host: string): Refusal | undefined {
  const name = hostName(header);
  if (isLoopback(name) || name === host) return undefined;
  return new Refusal(
    "host-unknown",
    "Without authentication this server answers only under its own address; set server.basicAuth to use other names",
  );
}

function isOpen(open: readonly string[], url: string): boolean {
  if (open.length === 0) return false;
  const path = url.split("?", 1)[0] ?? url;
  return open.some((one) => (one.endsWith("/") ? path.startsWith(one) : path === one));
}

function unknownTenant(tenant: string): Refusal {
  return new Refusal("tenant-not-found", `There is no tenant "${tenant}"; this server has "${TENANT}"`);
}
