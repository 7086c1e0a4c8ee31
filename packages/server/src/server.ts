import {
  bulkExecutionRoutes,
  executionRoutes,
  fileRoutes,
  flowRoutes,
  instanceRoutes,
  keyValueRoutes,
  logRoutes,
  namespaceRoutes,
  PATH_PARAMETER_LENGTH_MAX,
  triggerRoutes,
  webhookRoutes,
} from "@capstan/api";
import type { Catalogue, JsonMap } from "@capstan/model";
import type { Runtime } from "@capstan/runtime";
import multipart from "@fastify/multipart";
import swagger from "@fastify/swagger";
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import { createJsonSchemaTransform } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { assertSafeAddress, guard, type GuardOptions } from "./authentication/guard.ts";
import { createEventStreams } from "./event-stream.ts";
import { REQUEST_LIMITS, type RequestLimits } from "./limits.ts";
import { mount } from "./mount.ts";
import { asRefusal, problemBody, Refusal } from "./refusal.ts";
import { bulkExecutionHandlers } from "./routes/bulk-executions.ts";
import { executionHandlers } from "./routes/executions.ts";
import { fileHandlers } from "./routes/files.ts";
import { flowHandlers } from "./routes/flows.ts";
import { mountHealth } from "./routes/health.ts";
import { instanceHandlers } from "./routes/instance.ts";
import { keyValueHandlers } from "./routes/key-values.ts";
import { logHandlers } from "./routes/logs.ts";
import { namespaceHandlers } from "./routes/namespaces.ts";
import { triggerHandlers } from "./routes/triggers.ts";
import { webhookHandlers } from "./routes/webhooks.ts";
import type { Service } from "./service.ts";

export interface ServerOptions extends GuardOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly catalogue: Catalogue;
  readonly jsonSchema?: (kind: string) => JsonMap | undefined;
  readonly logger?: Logger | undefined;
  readonly limits?: Partial<RequestLimits>;
  /** What clients adapt to; of the generation whose paths and shapes are served. */
  readonly version?: string;
  readonly publicUrl?: string;
  /** How to set a credential, in the words of whoever starts the server. */
  readonly authenticationHint?: string;
  readonly now?: () => number;
}

export interface Server {
  /** Throws `authentication-required` for an address of a network without authentication. */
  listen(): Promise<{ readonly url: string }>;
  /** Ends event streams, lets requests end, closes. */
  close(): Promise<void>;
  /** Answers a request without a socket, for tests. */
  readonly inject: FastifyInstance["inject"];
}

const COMPATIBLE_VERSION = "1.3.15";
const HINT = "Set a username and a password for basic authentication, or listen on 127.0.0.1";

/** The HTTP server on a runtime: everything it answers comes from the runtime's services. */
export function createServer(runtime: Runtime, options: ServerOptions): Server {
  const limits = { ...REQUEST_LIMITS, ...options.limits };
  const streams = createEventStreams(limits.streamBufferBytesMax);
  const service: Service = {
    runtime,
    catalogue: options.catalogue,
    jsonSchema: options.jsonSchema ?? (() => undefined),
    streams,
    limits,
    version: options.version ?? COMPATIBLE_VERSION,
    isAuthenticated: options.authentication !== undefined,
    publicUrl: options.publicUrl ?? "",
    now: options.now ?? Date.now,
  };
  const server = createHttp(options, limits);
  guard(server, options);
  answerProblems(server);
  server.addHook("preClose", (done) => {
    streams.endAll();
    done();
  });
  void server.register(async (scope) => {
    await describeApi(scope);
    mountAll(scope, service);
  });
  return {
    async listen() {
      assertSafeAddress(options, options.authenticationHint ?? HINT);
      return { url: await server.listen({ host: options.host, port: options.port }) };
    },
    close: () => server.close(),
    inject: server.inject.bind(server),
  };
}

function createHttp(options: ServerOptions, limits: RequestLimits): FastifyInstance {
  const logger: FastifyBaseLogger | undefined = options.logger;
  const server = fastify({
    ...(logger === undefined ? { logger: false } : { loggerInstance: logger }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytesMax,
    http: { maxHeaderSize: limits.headerBytesMax },
    routerOptions: { maxParamLength: PATH_PARAMETER_LENGTH_MAX },
    forceCloseConnections: "idle",
  });
  // Schemas describe; what checks a request is in `mount.ts`.
  server.setValidatorCompiler(() => () => true);
  server.setSerializerCompiler(() => JSON.stringify);
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
  server.addHook("onSend", (_request, reply, payload, done) => {
    reply.header("x-content-type-options", "nosniff");
    done(null, payload);
  });
  return server;
}

function answerProblems(server: FastifyInstance): void {
  server.setErrorHandler((error, request, reply) => {
    const refusal = asRefusal(error);
    if (refusal !== undefined) return reply.code(refusal.status).send(problemBody(refusal, request.url));
    request.log.error({ err: error, route: request.routeOptions.url }, "a request failed");
    const unknown = new Refusal("internal", 500, `The server failed; its log tells why under request ${request.id}`);
    return reply.code(500).send(problemBody(unknown, request.url));
  });
  server.setNotFoundHandler((request, reply) => {
    const refusal = new Refusal(
      "route-not-found",
      404,
      `There is no route ${request.method} ${request.url.split("?", 1)[0]}`,
    );
    return reply.code(404).send(problemBody(refusal, request.url));
  });
}

async function describeApi(server: FastifyInstance): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: { title: "Capstan", version: "1", description: "Flows, executions and what belongs to them" },
      components: { securitySchemes: { basic: { type: "http", scheme: "basic" } } },
      security: [{ basic: [] }],
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig: { unrepresentable: "any" } }),
  });
  server.get("/api/v1/openapi.json", { schema: { hide: true } }, () => server.swagger());
  server.get("/api/v1/openapi.yml", { schema: { hide: true } }, (_request, reply) =>
    reply.type("application/yaml").send(server.swagger({ yaml: true })),
  );
}

function mountAll(server: FastifyInstance, service: Service): void {
  const { bodyBytesMax: bodyLimit, webhookBodyBytesMax } = service.limits;
  mountHealth(server, service);
  mount(server, webhookRoutes, webhookHandlers(service), { bodyLimit: webhookBodyBytesMax, unchecked: true });
  mount(server, flowRoutes, flowHandlers(service), { bodyLimit });
  mount(server, bulkExecutionRoutes, bulkExecutionHandlers(service), { bodyLimit });
  mount(server, executionRoutes, executionHandlers(service), { bodyLimit });
  mount(server, logRoutes, logHandlers(service), { bodyLimit });
  mount(server, triggerRoutes, triggerHandlers(service), { bodyLimit });
  mount(server, namespaceRoutes, namespaceHandlers(service), { bodyLimit });
  mount(server, fileRoutes, fileHandlers(service), { bodyLimit });
  mount(server, keyValueRoutes, keyValueHandlers(service), { bodyLimit });
  mount(server, instanceRoutes, instanceHandlers(service), { bodyLimit });
}
