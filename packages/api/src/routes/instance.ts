import { z } from "zod";
import { routes } from "../route.ts";
import { configuration } from "../schemas/answers.ts";

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
});
