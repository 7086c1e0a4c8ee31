import { z } from "zod";
import { routes } from "../route.ts";
import { configuration, pageOf, plugin, pluginDocumentation, pluginIcon } from "../schemas/answers.ts";
import { anyMap } from "../schemas/execution.ts";
import { filteredPageQuery, flag } from "../schemas/query.ts";

const view = { resource: "PLUGIN", action: "VIEW" } as const;

export const instanceRoutes = routes({
  getConfiguration: {
    method: "GET",
    path: "/configs",
    operation: "configuration",
    scope: "instance",
    permission: { resource: "INSTANCE", action: "VIEW" },
    summary: "Get the settings that clients adapt to",
    answer: configuration,
  },
  getLoginConfiguration: {
    method: "GET",
    path: "/configs/login",
    operation: "loginConfiguration",
    scope: "instance",
    permission: "public",
    summary: "Tell whether a login is set up",
    get answer() {
      return z.object({ isBasicAuthInitialized: z.boolean() });
    },
  },
  listPlugins: {
    method: "GET",
    path: "/plugins",
    scope: "instance",
    permission: view,
    summary: "List the plugins with their tasks and triggers",
    query: filteredPageQuery,
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
  getPluginSchema: {
    method: "GET",
    path: "/plugins/schemas/{type}",
    operation: "schemasFromType",
    scope: "instance",
    permission: view,
    summary: "Get the JSON Schema of flows, tasks or triggers for an editor",
    get query() {
      return z.object({ arrayOf: flag(false) });
    },
    answer: anyMap,
  },
  getPluginProperties: {
    method: "GET",
    path: "/plugins/properties/{type}",
    scope: "instance",
    operation: "propertiesFromType",
    permission: view,
    summary: "Get the properties of flows, tasks or triggers as a JSON Schema has them",
    answer: anyMap,
  },
  listPluginIcons: {
    method: "GET",
    path: "/plugins/icons",
    scope: "instance",
    operation: "pluginIcons",
    permission: view,
    summary: "Get the icons of all types, as SVG in base64",
    get answer() {
      return z.record(z.string(), pluginIcon);
    },
  },
  getPluginIcon: {
    method: "GET",
    path: "/plugins/icons/{cls}",
    operation: "pluginIcon",
    scope: "instance",
    permission: view,
    summary: "Get the icon of one type",
    get answer() {
      return z.object({ icon: pluginIcon });
    },
  },
  getPluginIconImage: {
    method: "GET",
    path: "/plugins/icons/{cls}/icon.svg",
    operation: "pluginIconSvg",
    scope: "instance",
    permission: view,
    summary: "Get the icon of one type as an image",
    get answer() {
      return z.string();
    },
    answerType: "image/svg+xml",
  },
  listPluginGroupIcons: {
    method: "GET",
    path: "/plugins/icons/groups",
    scope: "instance",
    operation: "pluginGroupIcons",
    permission: view,
    summary: "Get the icons of all groups of plugins, as SVG in base64",
    get answer() {
      return z.record(z.string(), pluginIcon);
    },
  },
  listInputTypes: {
    method: "GET",
    path: "/plugins/inputs",
    scope: "instance",
    operation: "allInputTypes",
    permission: view,
    summary: "List the types of inputs",
    get answer() {
      return z.array(z.object({ type: z.string(), cls: z.string() }));
    },
  },
  getInputType: {
    method: "GET",
    path: "/plugins/inputs/{type}",
    scope: "instance",
    operation: "schemaFromInputType",
    permission: view,
    summary: "Get the documentation and the schema of one type of inputs",
    answer: pluginDocumentation,
  },
  listPluginTriggers: {
    method: "GET",
    path: "/plugins/triggers",
    scope: "instance",
    permission: view,
    summary: "List the types of triggers",
    query: filteredPageQuery,
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
  listFilters: {
    method: "GET",
    path: "/pebble/filters",
    scope: "instance",
    operation: "pebbleFilters",
    permission: view,
    summary: "List the filters of expressions",
    get answer() {
      return z.array(z.string());
    },
  },
  listFunctions: {
    method: "GET",
    path: "/pebble/functions",
    scope: "instance",
    operation: "pebbleFunctions",
    permission: view,
    summary: "List the functions of expressions with their arguments",
    get answer() {
      return z.array(
        z.object({
          name: z.string(),
          arguments: z.array(z.object({ name: z.string(), defaultValue: z.string().optional() })),
        }),
      );
    },
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
