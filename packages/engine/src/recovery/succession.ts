import type { TaskRunRow } from "../execution/execution.ts";
import type { Plan, PlanNode } from "../plan.ts";

const FLOW = "io.kestra.plugin.core.flow.";

/** Task runs of one execution with their places in the tree. */
export interface Lineage {
  /** From the outermost to the run itself. */
  pathOf(run: TaskRunRow): readonly TaskRunRow[];
}

export function lineageOf(taskRuns: readonly TaskRunRow[]): Lineage {
  const byIndex = new Map(taskRuns.map((run) => [run.index, run]));
  return {
    pathOf: (run) => {
      const path: TaskRunRow[] = [];
      for (let current: TaskRunRow | undefined = run; current !== undefined;) {
        path.push(current);
        current = current.parent === undefined ? undefined : byIndex.get(current.parent);
      }
      return path.toReversed();
    },
  };
}

/**
 * Whether a task run is there only because `target` ended: it is below it, or what the flow runs after it. Branches that
 * run beside it are not.
 */
export function follows(plan: Plan, lineage: Lineage, run: TaskRunRow, target: TaskRunRow): boolean {
  const path = lineage.pathOf(run);
  const other = lineage.pathOf(target);
  const level = path.findIndex((step, depth) => step.index !== other[depth]?.index);
  if (level === -1) return false;
  const [one, reference] = [path[level]!, other[level]];
  return reference === undefined || isAfter(plan, one, reference);
}

/** Both are children of one flowable, or of the flow. */
function isAfter(plan: Plan, run: TaskRunRow, reference: TaskRunRow): boolean {
  const node = plan.nodes.get(run.taskId);
  const other = plan.nodes.get(reference.taskId);
  if (node?.parent === undefined || other === undefined) return false;
  const { type, properties } = node.parent.task;
  const rounds = (run.iteration ?? 0) - (reference.iteration ?? 0);
  switch (type) {
    case `${FLOW}Parallel`:
    case `${FLOW}EachParallel`:
      return false;
    case `${FLOW}Dag`:
      return dependsOn(node.parent, node.id, other.id);
    case `${FLOW}ForEach`:
    case `${FLOW}Loop`:
      if (rounds === 0) return node.position > other.position;
      return rounds > 0 && Number(properties["concurrencyLimit"] ?? 1) === 1;
    default:
      return rounds === 0 ? node.position > other.position : rounds > 0;
  }
}

function dependsOn(dag: PlanNode, id: string, needed: string): boolean {
  const needs = dag.task.dependsOn?.[id] ?? [];
  return needs.some((need) => need === needed || dependsOn(dag, need, needed));
}
