import type { Route, RouteGroup } from "./route.ts";
import { bulkExecutionRoutes } from "./routes/bulk-executions.ts";
import { bulkTriggerRoutes } from "./routes/bulk-triggers.ts";
import { clusterRoutes } from "./routes/cluster.ts";
import { executionArchiveRoutes } from "./routes/execution-archives.ts";
import { executionViewRoutes } from "./routes/execution-views.ts";
import { executionRoutes } from "./routes/executions.ts";
import { explanationRoutes } from "./routes/explanations.ts";
import { flowArchiveRoutes } from "./routes/flow-archives.ts";
import { flowToolRoutes } from "./routes/flow-tools.ts";
import { flowRoutes } from "./routes/flows.ts";
import { instanceRoutes } from "./routes/instance.ts";
import { logRoutes } from "./routes/logs.ts";
import { metricRoutes } from "./routes/metrics.ts";
import { fileRoutes, keyValueRoutes, namespaceRoutes } from "./routes/namespaces.ts";
import { pluginIconRoutes } from "./routes/plugin-icons.ts";
import { pluginRoutes } from "./routes/plugins.ts";
import { schemaRoutes } from "./routes/schemas.ts";
import { queueRoutes } from "./routes/queues.ts";
import { secretRoutes } from "./routes/secrets.ts";
import { sessionRoutes } from "./routes/sessions.ts";
import { statisticRoutes } from "./routes/statistics.ts";
import { triggerRoutes } from "./routes/triggers.ts";
import { webhookRoutes } from "./routes/webhooks.ts";

/** Every group of routes; no two share a name. */
export const routeGroups: readonly RouteGroup[] = [
  bulkExecutionRoutes,
  bulkTriggerRoutes,
  clusterRoutes,
  executionArchiveRoutes,
  executionRoutes,
  executionViewRoutes,
  explanationRoutes,
  fileRoutes,
  flowArchiveRoutes,
  flowRoutes,
  flowToolRoutes,
  instanceRoutes,
  keyValueRoutes,
  logRoutes,
  metricRoutes,
  namespaceRoutes,
  pluginIconRoutes,
  pluginRoutes,
  queueRoutes,
  schemaRoutes,
  secretRoutes,
  sessionRoutes,
  statisticRoutes,
  triggerRoutes,
  webhookRoutes,
];

/** Every route by its name. */
export const allRoutes: Readonly<Record<string, Route>> = Object.assign({}, ...routeGroups) as Record<string, Route>;
