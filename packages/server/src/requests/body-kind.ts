import type { Route } from "@capstan/api";
import type { FastifyInstance } from "fastify";
import { Refusal } from "../refusal.ts";

/**
 * Refuses bodies that a route can't read, before they are read: a form where none is taken, and compressed ones. What
 * else the content type says does not matter: each route knows its body, and old clients send none or a wrong one.
 */
export function refuseUnreadableBodies(server: FastifyInstance, routes: Iterable<Route>): void {
  const forms = new Set<string>();
  for (const { method, path, aliases = [], body } of routes)
    if (body?.kind === "multipart" || (body?.kind === "text" && body.orForm === true))
      for (const one of [path, ...aliases]) forms.add(`${method} ${one}`);
  const takesForm = (method: string, url = "") =>
    forms.has(`${method} ${url.replace(/^\/api\/v1(?:\/:tenant)?/, "").replaceAll(/:(\w+)/g, "{$1}")}`);
  server.addHook("onRequest", (request, _reply, done) => {
    const { "content-type": type, "content-encoding": encoding } = request.headers;
    if (encoding !== undefined && encoding.toLowerCase() !== "identity")
      return done(
        new Refusal("content-encoding-unknown", `Send the body as it is, without content-encoding ${encoding}`),
      );
    if (type !== undefined && /^multipart\//i.test(type) && !takesForm(request.method, request.routeOptions.url))
      return done(new Refusal("form-unexpected", "This route takes no form; send its body as it is"));
    done();
  });
}
