import {
  allRoutes,
  bulkExecutionRoutes,
  bulkTriggerRoutes,
  executionViewRoutes,
  flowArchiveRoutes,
  flowToolRoutes,
  metricRoutes,
  statisticRoutes,
  executionRoutes,
  fileRoutes,
  flowRoutes,
  instanceRoutes,
  keyValueRoutes,
  logRoutes,
  namespaceRoutes,
  triggerRoutes,
  webhookRoutes,
} from "@capstan/api";
import type { Catalogue, JsonMap } from "@capstan/model";
import type { Runtime } from "@capstan/runtime";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { assertSafeAddress, guard, type GuardOptions } from "./authentication/guard.ts";
import { createEventStreams } from "./event-stream.ts";
import { createHttp } from "./http.ts";
import { REQUEST_LIMITS, type RequestLimits } from "@capstan/api";
import { mount } from "./mount.ts";
import { serveOpenApi } from "./openapi.ts";
import { refuseUnreadableBodies } from "./requests/body-kind.ts";
import { tenantPaths } from "./requests/tenant-paths.ts";
import { bulkExecutionHandlers } from "./routes/bulk-executions.ts";
import { bulkTriggerHandlers } from "./routes/bulk-triggers.ts";
import { executionViewHandlers } from "./routes/execution-views.ts";
import { flowArchiveHandlers } from "./routes/flow-archives.ts";
import { flowToolHandlers } from "./routes/flow-tools.ts";
import { metricHandlers } from "./routes/metrics.ts";
import { statisticHandlers } from "./routes/statistics.ts";
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
  /** Resolves when all routes are mounted; `listen` waits for it as well. */
  ready(): Promise<void>;
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
  const server = createHttp(options.logger, limits, tenantPaths(Object.values(allRoutes)));
  guard(server, options);
  refuseUnreadableBodies(server, Object.values(allRoutes));
  server.addHook("preClose", (done) => {
    streams.endAll();
    done();
  });
  void server.register(async (scope) => {
    serveOpenApi(scope, allRoutes);
    mountAll(scope, service);
  });
  return {
    async ready() {
      await server.ready();
    },
    async listen() {
      assertSafeAddress(options, options.authenticationHint ?? HINT);
      return { url: await server.listen({ host: options.host, port: options.port }) };
    },
    close: () => server.close(),
    inject: server.inject.bind(server),
  };
}

function mountAll(server: FastifyInstance, service: Service): void {
  const { bodyBytesMax: bodyLimit, webhookBodyBytesMax } = service.limits;
  mountHealth(server, service);
  mount(server, webhookRoutes, webhookHandlers(service), { bodyLimit: webhookBodyBytesMax, unchecked: true });
  mount(server, flowRoutes, flowHandlers(service), { bodyLimit });
  mount(server, bulkExecutionRoutes, bulkExecutionHandlers(service), { bodyLimit });
  mount(server, executionRoutes, executionHandlers(service), { bodyLimit });
  mount(server, bulkTriggerRoutes, bulkTriggerHandlers(service), { bodyLimit });
  mount(server, executionViewRoutes, executionViewHandlers(service), { bodyLimit });
  mount(server, flowArchiveRoutes, flowArchiveHandlers(service), { bodyLimit });
  mount(server, flowToolRoutes, flowToolHandlers(service), { bodyLimit });
  mount(server, metricRoutes, metricHandlers(service), { bodyLimit });
  mount(server, statisticRoutes, statisticHandlers(service), { bodyLimit });
  mount(server, logRoutes, logHandlers(service), { bodyLimit });
  mount(server, triggerRoutes, triggerHandlers(service), { bodyLimit });
  mount(server, namespaceRoutes, namespaceHandlers(service), { bodyLimit });
  mount(server, fileRoutes, fileHandlers(service), { bodyLimit });
  mount(server, keyValueRoutes, keyValueHandlers(service), { bodyLimit });
  mount(server, instanceRoutes, instanceHandlers(service), { bodyLimit });
}
