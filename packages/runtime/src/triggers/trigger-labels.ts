import type { Label } from "@capstan/engine";
import { type Environment, renderDeep, type Scope } from "@capstan/expression";
import type { Trigger } from "@capstan/model";

/** The labels that a trigger gives to its executions. Passes a `Suspension` through. */
export function renderedLabels(trigger: Trigger, scope: Scope, environment: Environment): readonly Label[] {
  const labels = Object.entries(trigger.labels).map(([key, value]) => ({ key, value }));
  return labels.length === 0 ? labels : (renderDeep(labels, scope, environment) as readonly Label[]);
}
