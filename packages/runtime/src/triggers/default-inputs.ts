import { resolveInputs } from "@capstan/engine";
import type { Environment, Scope } from "@capstan/expression";
import type { Input, JsonMap } from "@capstan/model";

/** What `inputs` shows before there is an execution: the defaults, without what only a person could give. */
export function defaultInputs(inputs: readonly Input[], scope: Scope, environment: Environment): JsonMap {
  const optional = inputs.map((input) => (input.defaults === undefined ? { ...input, required: false } : input));
  const resolved = resolveInputs(optional, {}, { scope, environment, source: "trigger" });
  return "violations" in resolved ? {} : resolved.values;
}
