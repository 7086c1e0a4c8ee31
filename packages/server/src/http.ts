import type { IncomingHttpHeaders } from "node:http";
import { PATH_PARAMETER_LENGTH_MAX } from "@capstan/api";
import multipart from "@fastify/multipart";
import { compile as compileProxies } from "@fastify/proxy-addr";
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyServerOptions,
  LogController,
} from "fastify";
import type { Logger } from "pino";
import type { RequestLimits } from "@capstan/api";
import { asRefusal, problemBody, Refusal, refusalOf } from "./refusal.ts";

/**
 * Schemas describe; what checks a request is in `mount.ts`. The library's own compilers are not even loaded. Its types know
 * only those.
 */
const NO_COMPILERS = {
  buildValidator: () => () => () => true,
  buildSerializer: () => () => JSON.stringify,
} as unknown as NonNullable<NonNullable<FastifyServerOptions["schemaController"]>["compilersFactory"]>;

export interface HttpOptions {
  readonly limits: RequestLimits;
  readonly rewriteUrl: (url: string, method: string, headers: IncomingHttpHeaders) => string;
  /** Addresses and networks whose `X-Forwarded-For` tells who asks. */
  readonly trustedProxies: readonly string[];
  /** Tells further addresses that are trusted. */
  readonly isTrusted: (address: string) => boolean;
}

/** The HTTP library, set up to leave bodies and answers to the routes, and to answer every problem as one. */
export function createHttp(
  logger: Logger | undefined,
  { limits, rewriteUrl, trustedProxies, isTrusted }: HttpOptions,
): FastifyInstance {
  const base: FastifyBaseLogger | undefined = logger;
  const isListed = compileProxies([...trustedProxies]);
  const server = fastify({
    ...(base === undefined ? { logger: false } : { loggerInstance: base }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytesMax,
    http: { maxHeaderSize: limits.headerBytesMax },
    routerOptions: { maxParamLength: PATH_PARAMETER_LENGTH_MAX },
    forceCloseConnections: "idle",
    trustProxy: (address, hop) => isListed(address, hop) || isTrusted(address),
    rewriteUrl: ({ url = "/", method = "GET", headers }) => rewriteUrl(url, method, headers),
    schemaController: { compilersFactory: NO_COMPILERS },
    // What the router refuses, such as a path that is not well encoded, passes no hook.
    frameworkErrors: (error, request, reply: unknown) => {
      const refusal = asRefusal(error) ?? new Refusal("request-invalid", "The request can't be read");
      void (reply as FastifyReply).code(refusal.status).send(problemBody(refusal, request.originalUrl));
    },
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "string" }, (_request, body, done) => done(null, body));
  void server.register(multipart, {
    limits: {
      fileSize: limits.uploadBytesMax,
      fieldSize: limits.fieldBytesMax,
      parts: limits.partsMax,
      fields: limits.partsMax,
      files: limits.partsMax,
    },
  });
  const methodsOf = collectMethods(server);
  answerProblems(server, methodsOf);
  return server;
}

function withoutQuery(url: string): string {
  return url.split("?", 1)[0] ?? url;
}

/** Answers which methods a path has, from the routes that are registered later. */
function collectMethods(server: FastifyInstance): (path: string) => readonly string[] {
  const routes: { readonly url: string; readonly methods: readonly string[] }[] = [];
  server.addHook("onRoute", ({ url, method }) => {
    routes.push({ url, methods: [method].flat() });
  });
  return (path) => {
    const found = routes.filter(({ url }) => patternOf(url).test(path));
    return [...new Set(found.flatMap(({ methods }) => methods))];
  };
}

function patternOf(url: string): RegExp {
  const source = url.replaceAll(/[.+?^$()|[\]\\]/g, String.raw`\$&`).replaceAll(/:\w+/g, "[^/]+");
  return new RegExp(`^${source.replaceAll("*", ".*")}$`);
}

function answerProblems(server: FastifyInstance, methodsOf: (path: string) => readonly string[]): void {
  server.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error, request.id);
    if (refusal.status >= 500) request.log.error({ err: error, route: request.routeOptions.url }, "a request failed");
    return reply.code(refusal.status).send(problemBody(refusal, request.originalUrl));
  });
  server.setNotFoundHandler((request, reply) => {
    const methods = methodsOf(withoutQuery(request.url));
    const path = withoutQuery(request.originalUrl);
    if (methods.length > 0) reply.header("allow", methods.join(", "));
    const refusal =
      methods.length > 0
        ? new Refusal("method-not-allowed", `${path} has no ${request.method}; it has ${methods.join(", ")}`)
        : new Refusal("route-not-found", `There is no route ${request.method} ${path}`);
    return reply.code(refusal.status).send(problemBody(refusal, request.originalUrl));
  });
}
