import type { FlowDependenciesAnswer } from "@capstan/api";
import { type Flow, walkTasks } from "@capstan/model";
import type { FlowKey } from "@capstan/store";
import { eachRow } from "../requests/page.ts";
import type { Service } from "../service.ts";
import { mayFire } from "./flow-trigger-sources.ts";

type Edge = FlowDependenciesAnswer["edges"][number];

export interface DependencyQuery {
  /** Only edges that lead to the asked flows. */
  readonly destinationOnly: boolean;
  /** Dependencies of dependencies too. */
  readonly expandAll: boolean;
}

/** What all flows of a tenant have to do with each other. */
export interface DependencyMap {
  /** Of every flow, by uid. */
  readonly flows: ReadonlyMap<string, { readonly namespace: string; readonly id: string }>;
  readonly edges: readonly Edge[];
}

/** Reads every flow of the tenant: what a flow waits for is written in the others. */
export async function readDependencies({ runtime }: Service, tenant: string): Promise<DependencyMap> {
  const { flows, store } = runtime;
  const known = new Map<string, { namespace: string; id: string }>();
  const sources: Flow[] = [];
  for await (const { namespace, id, source } of eachRow(store.flows, { tenant })) {
    known.set(uidOf({ namespace, id }), { namespace, id });
    const { flow } = flows.check(source);
    if (flow !== undefined) sources.push(flow);
  }
  const edges = new Map<string, Edge>();
  for (const flow of sources)
    for (const edge of [...taskEdges(flow), ...triggerEdges(flow, known)])
      if (edge.source !== edge.target && known.has(edge.source) && known.has(edge.target))
        edges.set(`${edge.source}\n${edge.target}\n${edge.relation}`, edge);
  return { flows: known, edges: [...edges.values()] };
}

/** The part of the map around some flows. */
export function dependenciesOf(
  { flows, edges }: DependencyMap,
  start: ReadonlySet<string>,
  { destinationOnly, expandAll }: DependencyQuery,
): FlowDependenciesAnswer {
  const reached = new Set(start);
  const chosen = new Set<Edge>();
  for (let isGrowing = true; isGrowing;) {
    const from = new Set(reached);
    for (const edge of edges)
      if (from.has(edge.target) || (!destinationOnly && from.has(edge.source))) {
        chosen.add(edge);
        reached.add(edge.source).add(edge.target);
      }
    isGrowing = expandAll && reached.size > from.size;
  }
  const nodes = [...reached].flatMap((uid) => {
    const flow = flows.get(uid);
    return flow === undefined ? [] : [{ uid, ...flow }];
  });
  return { nodes, edges: [...chosen] };
}

export function uidOf({ namespace, id }: Pick<FlowKey, "namespace" | "id">): string {
  return `${namespace}.${id}`;
}

function taskEdges(flow: Flow): readonly Edge[] {
  return Array.from(walkTasks(flow)).flatMap(({ task: { kind, properties } }): Edge[] => {
    const { namespace, flowId } = properties;
    if (kind !== "executable" || typeof namespace !== "string" || typeof flowId !== "string") return [];
    return [{ source: uidOf(flow), target: uidOf({ namespace, id: flowId }), relation: "FLOW_TASK" }];
  });
}

/** From each flow whose executions may start this one. */
function triggerEdges(flow: Flow, known: DependencyMap["flows"]): readonly Edge[] {
  const triggers = flow.triggers.filter(({ type }) => type.endsWith(".trigger.Flow"));
  if (triggers.length === 0) return [];
  return Array.from(known).flatMap(([source, other]): Edge[] =>
    triggers.some((trigger) => mayFire(trigger, other, flow))
      ? [{ source, target: uidOf(flow), relation: "FLOW_TRIGGER" }]
      : [],
  );
}
