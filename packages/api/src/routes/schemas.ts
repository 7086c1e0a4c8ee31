import { z } from "zod";
import { routes } from "../route.ts";
import { pluginDocumentation } from "../schemas/answers.ts";
import { anyMap } from "../schemas/execution.ts";
import { flag } from "../schemas/query.ts";

const view = { resource: "PLUGIN", action: "VIEW" } as const;

/** The shape of flows and of what is in them, for editors and forms. */
export const schemaRoutes = routes({
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
});
