import type { Route, RouteGroup } from "./route.ts";
import { bulkExecutionRoutes } from "./routes/bulk-executions.ts";
import { executionRoutes } from "./routes/executions.ts";
import { flowRoutes } from "./routes/flows.ts";
import { instanceRoutes } from "./routes/instance.ts";
import { logRoutes } from "./routes/logs.ts";
import { fileRoutes, keyValueRoutes, namespaceRoutes } from "./routes/namespaces.ts";
import { triggerRoutes } from "./routes/triggers.ts";
import { webhookRoutes } from "./routes/webhooks.ts";

/** Every group of routes; no two share a name. */
export const routeGroups: readonly RouteGroup[] = [
  bulkExecutionRoutes,
  executionRoutes,
  fileRoutes,
  flowRoutes,
  instanceRoutes,
  keyValueRoutes,
  logRoutes,
  namespaceRoutes,
  triggerRoutes,
  webhookRoutes,
];

/** Every route by its name. */
export const allRoutes: Readonly<Record<string, Route>> = Object.assign({}, ...routeGroups) as Record<string, Route>;
