import {
  allRoutes,
  bulkExecutionRoutes,
  bulkTriggerRoutes,
  clusterRoutes,
  executionArchiveRoutes,
  executionViewRoutes,
  explanationRoutes,
  flowArchiveRoutes,
  flowToolRoutes,
  metricRoutes,
  pluginIconRoutes,
  pluginRoutes,
  queueRoutes,
  schemaRoutes,
  secretRoutes,
  sessionRoutes,
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
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { createAuthenticator } from "./authentication/authenticator.ts";
import { guard, type GuardOptions } from "./authentication/guard.ts";
import { createHttp } from "./http.ts";
import { mount } from "./mount.ts";
import { serveOpenApi } from "./openapi.ts";
import { refuseUnreadableBodies } from "./requests/body-kind.ts";
import { flowPaths } from "./requests/flow-paths.ts";
import { tenantPaths } from "./requests/tenant-paths.ts";
import { bulkExecutionHandlers } from "./routes/bulk-executions.ts";
import { bulkTriggerHandlers } from "./routes/bulk-triggers.ts";
import { clusterHandlers } from "./routes/cluster.ts";
import { executionArchiveHandlers } from "./routes/execution-archives.ts";
import { executionViewHandlers } from "./routes/execution-views.ts";
import { explanationHandlers } from "./routes/explanations.ts";
import { flowArchiveHandlers } from "./routes/flow-archives.ts";
import { flowToolHandlers } from "./routes/flow-tools.ts";
import { metricHandlers } from "./routes/metrics.ts";
import { pluginIconHandlers } from "./routes/plugin-icons.ts";
import { pluginHandlers } from "./routes/plugins.ts";
import { queueHandlers } from "./routes/queues.ts";
import { schemaHandlers } from "./routes/schemas.ts";
import { secretHandlers } from "./routes/secrets.ts";
import { sessionHandlers } from "./routes/sessions.ts";
import { statisticHandlers } from "./routes/statistics.ts";
import { executionHandlers } from "./routes/executions.ts";
import { fileHandlers } from "./routes/files.ts";
import { flowHandlers } from "./routes/flows.ts";
import { mountFrontPage } from "./routes/front-page.ts";
import { mountHealth } from "./routes/health.ts";
import { instanceHandlers } from "./routes/instance.ts";
import { keyValueHandlers } from "./routes/key-values.ts";
import { logHandlers } from "./routes/logs.ts";
import { namespaceHandlers } from "./routes/namespaces.ts";
import { triggerHandlers } from "./routes/triggers.ts";
import { webhookHandlers } from "./routes/webhooks.ts";
import type { ApiService, Service } from "./service.ts";

export interface ApiOptions extends GuardOptions {
  readonly logger?: Logger | undefined;
  /** Addresses and networks of proxies that are believed whose request they pass on; default: this machine. */
  readonly trustedProxies?: readonly string[];
  /** Tells further addresses that are believed like those. */
  readonly isTrusted?: (address: string) => boolean;
}

const TRUSTED_PROXIES = ["127.0.0.1", "::1"];

/** Everything that the server answers, without a socket: `routing` takes the requests. Resolves when all routes are mounted. */
export async function createApi(service: Service, options: ApiOptions): Promise<FastifyInstance> {
  const { limits, now } = service;
  const withTenant = tenantPaths(Object.values(allRoutes));
  const ofFlow = flowPaths(Object.values(allRoutes));
  const server = createHttp(options.logger, {
    limits,
    rewriteUrl: (url, method, headers) => ofFlow(withTenant(url), method, headers),
    trustedProxies: options.trustedProxies ?? TRUSTED_PROXIES,
    isTrusted: options.isTrusted ?? (() => false),
  });
  const { wrongCredentialsMax } = limits;
  const authenticator =
    options.authentication && createAuthenticator(options.authentication, { wrongCredentialsMax, now });
  guard(server, options, authenticator);
  refuseUnreadableBodies(server, Object.values(allRoutes));
  void server.register(async (scope) => {
    serveOpenApi(scope, allRoutes);
    mountAll(scope, { ...service, authenticator });
  });
  await server.ready();
  return server;
}

function mountAll(server: FastifyInstance, service: ApiService): void {
  const { bodyBytesMax: bodyLimit } = service.limits;
  mountFrontPage(server);
  mountHealth(server, service);
  void server.register(async (scope) => mountWebhooks(scope, service));
  mount(server, flowRoutes, flowHandlers(service), { bodyLimit });
  mount(server, bulkExecutionRoutes, bulkExecutionHandlers(service), { bodyLimit });
  mount(server, executionRoutes, executionHandlers(service), { bodyLimit });
  mount(server, bulkTriggerRoutes, bulkTriggerHandlers(service), { bodyLimit });
  mount(server, executionArchiveRoutes, executionArchiveHandlers(service), { bodyLimit });
  mount(server, executionViewRoutes, executionViewHandlers(service), { bodyLimit });
  mount(server, explanationRoutes, explanationHandlers(service), { bodyLimit });
  mount(server, flowArchiveRoutes, flowArchiveHandlers(service), { bodyLimit });
  mount(server, flowToolRoutes, flowToolHandlers(service), { bodyLimit });
  mount(server, secretRoutes, secretHandlers(service), { bodyLimit });
  mount(server, sessionRoutes, sessionHandlers(service), { bodyLimit });
  mount(server, metricRoutes, metricHandlers(service), { bodyLimit });
  mount(server, statisticRoutes, statisticHandlers(service), { bodyLimit });
  mount(server, logRoutes, logHandlers(service), { bodyLimit });
  mount(server, triggerRoutes, triggerHandlers(service), { bodyLimit });
  mount(server, namespaceRoutes, namespaceHandlers(service), { bodyLimit });
  mount(server, fileRoutes, fileHandlers(service), { bodyLimit });
  mount(server, keyValueRoutes, keyValueHandlers(service), { bodyLimit });
  mount(server, pluginRoutes, pluginHandlers(service), { bodyLimit });
  mount(server, pluginIconRoutes, pluginIconHandlers(service), { bodyLimit });
  mount(server, schemaRoutes, schemaHandlers(service), { bodyLimit });
  mount(server, instanceRoutes, instanceHandlers(service), { bodyLimit });
  mount(server, clusterRoutes, clusterHandlers(service), { bodyLimit });
  mount(server, queueRoutes, queueHandlers(service), { bodyLimit });
}

/** What becomes of their bodies is up to each trigger, so that they come as they are. */
function mountWebhooks(scope: FastifyInstance, service: ApiService): void {
  const { uploadBytesMax: bodyLimit } = service.limits;
  scope.removeContentTypeParser("*");
  scope.addContentTypeParser("*", (_request, content, done) => done(null, content));
  mount(scope, webhookRoutes, webhookHandlers(service), { bodyLimit, unchecked: true });
}
