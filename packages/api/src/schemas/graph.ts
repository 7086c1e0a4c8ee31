import { z } from "zod";
import { anyMap } from "./execution.ts";

const node = z.looseObject({
  uid: z.string(),
  type: z.string(),
  branchType: z.enum(["ERROR", "FINALLY", "AFTER_EXECUTION"]).optional(),
  task: anyMap.optional(),
  trigger: anyMap.optional(),
  taskRun: anyMap.optional(),
});

export const relation = z.object({
  relationType: z.enum(["SEQUENTIAL", "CHOICE", "ERROR", "FINALLY", "AFTER_EXECUTION", "PARALLEL", "DYNAMIC"]),
  value: z.string().optional(),
});

export const flowGraph = z.object({
  nodes: z.array(node),
  edges: z.array(z.object({ source: z.string(), target: z.string(), relation })),
  clusters: z.array(
    z.object({
      cluster: node,
      nodes: z.array(z.string()),
      parents: z.array(z.string()),
      start: z.string(),
      end: z.string(),
    }),
  ),
  flowables: z.array(z.string()),
});

export const flowDependencies = z.object({
  nodes: z.array(z.object({ uid: z.string(), namespace: z.string(), id: z.string() })),
  edges: z.array(z.object({ source: z.string(), target: z.string(), relation: z.enum(["FLOW_TASK", "FLOW_TRIGGER"]) })),
});

export type GraphNodeAnswer = z.input<typeof node>;
export type RelationAnswer = z.input<typeof relation>;
export type FlowGraphAnswer = z.input<typeof flowGraph>;
export type FlowDependenciesAnswer = z.input<typeof flowDependencies>;
