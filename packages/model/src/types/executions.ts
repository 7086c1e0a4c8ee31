import { z } from "zod";
import { describeType, type TypeDefinition } from "../catalogue.ts";
import { dynamic, dynamicMap, text } from "../properties.ts";

const NEW = "io.kestra.plugin.core.execution.";

/** Tasks that edit the execution they belong to. */
export const EXECUTION_UPDATES: readonly TypeDefinition[] = [
  describeType({
    type: `${NEW}Labels`,
    aliases: ["io.kestra.core.tasks.executions.Labels"],
    element: "task",
    title: "Add labels to the execution",
    properties: () =>
      z.object({
        labels: z
          .union([
            z.record(z.string(), z.unknown()),
            z.array(z.object({ key: text(), value: z.unknown() })),
            z.string(),
          ])
          .meta({ dynamic: "deep", description: "A map, or a list of {key, value}." }),
      }),
    outputs: () => z.object({}),
  }),
  describeType({
    type: `${NEW}SetVariables`,
    element: "task",
    title: "Set variables of the execution",
    properties: () =>
      z.object({
        variables: dynamicMap().describe("Merged into `vars`."),
        overwrite: dynamic(z.boolean()).optional().describe("Whether variables that exist may change. Default: true."),
      }),
    outputs: () => z.object({}),
  }),
  describeType({
    type: `${NEW}UnsetVariables`,
    element: "task",
    title: "Remove variables of the execution",
    properties: () =>
      z.object({
        variables: dynamic(z.array(text())).describe("Names; dots lead into maps."),
        ignoreMissing: dynamic(z.boolean()).optional().describe("Whether missing ones are no failure. Default: false."),
      }),
    outputs: () => z.object({}),
  }),
  describeType({
    type: `${NEW}Exit`,
    element: "task",
    title: "End the execution in a state",
    properties: () =>
      z.object({
        state: dynamic(z.enum(["SUCCESS", "WARNING", "FAILED", "CANCELLED", "CANCELED", "KILLED"]))
          .optional()
          .describe("How the execution ends. Default: SUCCESS."),
      }),
    outputs: () => z.object({}),
  }),
];
