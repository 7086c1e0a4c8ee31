import { z } from "zod";
import { routes } from "../route.ts";
import { pageOf, plugin, pluginDocumentation } from "../schemas/answers.ts";
import { filteredPageQuery, flag } from "../schemas/query.ts";

const view = { resource: "PLUGIN", action: "VIEW" } as const;

export const pluginRoutes = routes({
  listPlugins: {
    method: "GET",
    path: "/plugins",
    scope: "instance",
    permission: view,
    summary: "List the plugins with their tasks and triggers",
    query: filteredPageQuery,
    filteredBy: "name",
    get answer() {
      return pageOf(plugin);
    },
  },
  listPluginGroups: {
    method: "GET",
    path: "/plugins/groups/subgroups",
    operation: "pluginBySubgroups",
    scope: "instance",
    permission: view,
    summary: "List the plugins as one array",
    get answer() {
      return z.array(plugin);
    },
  },
  listPluginTriggers: {
    method: "GET",
    path: "/plugins/triggers",
    scope: "instance",
    permission: view,
    summary: "List the types of triggers",
    query: filteredPageQuery,
    filteredBy: "name",
    get answer() {
      return pageOf(z.looseObject({ type: z.string(), name: z.string() }));
    },
  },
  listPluginVersions: {
    method: "GET",
    path: "/plugins/{cls}/versions",
    scope: "instance",
    operation: "pluginVersions",
    permission: view,
    summary: "List the versions of a type that are installed",
    get answer() {
      return z.object({ type: z.string(), versions: z.array(z.string()) });
    },
  },
  getPluginVersion: {
    method: "GET",
    path: "/plugins/{cls}/versions/{version}",
    scope: "instance",
    operation: "pluginDocumentationFromVersion",
    permission: view,
    summary: "Get the documentation of one version of a type",
    get query() {
      return z.object({ all: flag(false) });
    },
    answer: pluginDocumentation,
  },
  getPluginDocumentation: {
    method: "GET",
    path: "/plugins/{cls}",
    operation: "pluginDocumentation",
    scope: "instance",
    permission: view,
    summary: "Get the documentation and the schema of one type",
    get query() {
      return z.object({ all: flag(false) });
    },
    answer: pluginDocumentation,
  },
});
