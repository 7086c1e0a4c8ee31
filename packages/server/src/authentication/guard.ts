import type { FastifyInstance } from "fastify";
import { Refusal } from "../refusal.ts";
import { type BasicCredential, createBasicCheck } from "./basic.ts";
import { hostName, isCrossOrigin, isLoopback } from "./origin.ts";

export interface GuardOptions {
  readonly host: string;
  readonly authentication?: { readonly basic: BasicCredential } | undefined;
  /** Paths, or beginnings of paths that end with `/`, that anybody may call besides the public routes. */
  readonly openUrls?: readonly string[] | undefined;
  /** Other origins whose pages may call the API, such as `http://localhost:5173`. */
  readonly allowedOrigins?: readonly string[] | undefined;
}

/** The one tenant that the open instance has. */
export const TENANT = "main";

/** The choke point before every handler: the tenant, the credential, and where the request comes from. */
export function guard(server: FastifyInstance, options: GuardOptions): void {
  const isRight = options.authentication && createBasicCheck(options.authentication.basic);
  const open = options.openUrls ?? [];
  const origins = new Set(options.allowedOrigins);
  server.addHook("onRequest", (request, reply, done) => {
    const { tenant } = request.params as { tenant?: string };
    const isKnownTenant = tenant === undefined || tenant === TENANT;
    if (request.routeOptions.config.public === true || isOpen(open, request.url))
      return isKnownTenant ? done() : done(unknownTenant(tenant));
    if (isRight !== undefined && !isRight(request.headers.authorization)) {
      reply.header("www-authenticate", 'Basic realm="Capstan", charset="UTF-8"');
      return done(new Refusal("unauthenticated", 401, "Send a username and a password with basic authentication"));
    }
    if (isRight === undefined && !isOwnHost(request.headers.host, options.host))
      return done(
        new Refusal("host-unknown", 403, "Without authentication this server answers only under its own address"),
      );
    if (isCrossOrigin(request.headers, origins))
      return done(new Refusal("cross-origin", 403, "Pages of other sites may not call this API"));
    return isKnownTenant ? done() : done(unknownTenant(tenant));
  });
}

/** Refuses to open the API to a network without a credential. */
export function assertSafeAddress({ host, authentication }: GuardOptions, hint: string): void {
  if (authentication !== undefined || isLoopback(host)) return;
  throw new Refusal(
    "authentication-required",
    500,
    `Refusing to listen on ${host} without authentication: whoever reaches that address could run any command. ${hint}`,
  );
}

function isOwnHost(header: string | undefined, host: string): boolean {
  const name = hostName(header);
  return isLoopback(name) || name === host;
}

function isOpen(open: readonly string[], url: string): boolean {
  if (open.length === 0) return false;
  const path = url.split("?", 1)[0] ?? url;
  return open.some((one) => (one.endsWith("/") ? path.startsWith(one) : path === one));
}

function unknownTenant(tenant: string): Refusal {
  return new Refusal("tenant-not-found", 404, `There is no tenant "${tenant}"; this server has "${TENANT}"`);
}
