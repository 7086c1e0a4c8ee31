import { resolveInputs } from "@capstan/engine";
import { type Environment, type Scope, scopeOf } from "@capstan/expression";
import type { JsonMap } from "@capstan/model";
import type { FlowKey } from "@capstan/store";
import type { ScheduledFlow } from "./scheduler-parts.ts";

/** What expressions of a trigger see before there is an execution; `inputs` shows the defaults. */
export function triggerScope(
  key: FlowKey,
  { flow, revision }: ScheduledFlow,
  variables: JsonMap,
  environment: Environment,
  globals: Readonly<Record<string, unknown>>,
): Scope {
  const roots = scopeOf({
    ...globals,
    flow: { id: key.id, namespace: key.namespace, revision, tenantId: key.tenant },
    vars: flow.variables,
    labels: flow.labels,
    trigger: variables,
    schedule: variables,
  });
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

function defaultInputs(inputs: ScheduledFlow["flow"]["inputs"], scope: Scope, environment: Environment): JsonMap {
  // What only a person could give is absent here, so an input without a default is taken as optional.
  const optional = inputs.map((input) => (input.defaults === undefined ? { ...input, required: false } : input));
  const resolved = resolveInputs(optional, {}, { scope, environment, source: "trigger" });
  return "violations" in resolved ? {} : resolved.values;
}
