import { type Environment, type LazyMap, type Scope, scopeOf } from "@capstan/expression";
import type { JsonMap } from "@capstan/model";
import type { FlowKey } from "@capstan/store";
import { defaultInputs } from "../triggers/default-inputs.ts";
import type { ScheduledFlow } from "./scheduler-parts.ts";

/** What expressions of a trigger see before there is an execution; `inputs` shows the defaults. */
export function triggerScope(
  key: FlowKey,
  { flow, revision }: ScheduledFlow,
  variables: JsonMap | LazyMap,
  environment: Environment,
  globals: Readonly<Record<string, unknown>>,
): Scope {
  const roots = scopeOf(triggerRoots(key, { flow, revision }, variables, globals));
  let inputs: JsonMap | undefined;
  return {
    get: (name) => {
      if (name !== "inputs") return roots.get(name);
      inputs ??= defaultInputs(flow.inputs, roots, environment);
      return inputs;
    },
    keys: () => [...roots.keys(), "inputs"],
  };
}

/** Everything of that scope but `inputs`. */
export function triggerRoots(
  key: FlowKey,
  { flow, revision }: ScheduledFlow,
  variables: JsonMap | LazyMap,
  globals: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return {
    ...globals,
    flow: { id: key.id, namespace: key.namespace, revision, tenantId: key.tenant },
    vars: flow.variables,
    labels: flow.labels,
    trigger: variables,
    schedule: variables,
  };
}
