import { z } from "zod";
import { routes } from "../route.ts";
import { configuration, pageOf, plugin, pluginDocumentation } from "../schemas/answers.ts";
import { anyMap } from "../schemas/execution.ts";
import { filteredPageQuery, flag } from "../schemas/query.ts";

const view = { resource: "PLUGIN", action: "VIEW" } as const;

export const instanceRoutes = routes({
  getConfiguration: {
    method: "GET",
    path: "/configs",
    scope: "instance",
    permission: { resource: "INSTANCE", action: "VIEW" },
    summary: "Get the settings that clients adapt to",
    answer: configuration,
  },
  getLoginConfiguration: {
    method: "GET",
    path: "/configs/login",
    scope: "instance",
    permission: "public",
    summary: "Tell whether a login is set up",
    answer: z.object({ isBasicAuthInitialized: z.boolean() }),
  },
  listPlugins: {
    method: "GET",
    path: "/plugins",
    scope: "instance",
    permission: view,
    summary: "List the plugins with their tasks and triggers",
    query: filteredPageQuery,
    answer: pageOf(plugin),
  },
  listPluginGroups: {
    method: "GET",
    path: "/plugins/groups/subgroups",
    scope: "instance",
    permission: view,
    summary: "List the plugins as one array",
    answer: z.array(plugin),
  },
  getPluginSchema: {
    method: "GET",
    path: "/plugins/schemas/{type}",
    scope: "instance",
    permission: view,
    summary: "Get the JSON Schema of flows, tasks or triggers for an editor",
    query: z.object({ arrayOf: flag(false) }),
    answer: anyMap,
  },
  getPluginDocumentation: {
    method: "GET",
    path: "/plugins/{cls}",
    scope: "instance",
    permission: view,
    summary: "Get the documentation and the schema of one type",
    query: z.object({ all: flag(false) }),
    answer: pluginDocumentation,
  },
});
