import type { HostFunction } from "../environment.ts";
import { ExpressionError } from "../errors.ts";
import { isPromise, suspend } from "../suspension.ts";
import type { Argument } from "../syntax/ast.ts";
import { jsonText } from "../values/json.ts";
import { put } from "../values/maps.ts";
import type { Evaluate } from "./compiler.ts";
import type { Runtime } from "./runtime.ts";

export interface CompiledArgument {
  readonly name: Argument["name"];
  readonly value: Evaluate;
}

/**
 * Calls a function of the host. A promise suspends the evaluation; when it is evaluated again, the outcome is found in the
 * memo under the name and the arguments.
 */
export function callHost(
  name: string,
  host: HostFunction,
  given: readonly CompiledArgument[],
  runtime: Runtime,
): unknown {
  const values = argumentsByName(name, host, given, runtime);
  const { memo } = runtime.environment;
  if (memo !== undefined && memo.outcomes.size > 0) {
    const outcome = memo.outcomes.get(keyOf(name, values));
    if (outcome !== undefined) {
      if ("error" in outcome) throw outcome.error;
      return outcome.value;
    }
  }
  const { environment, scope, source } = runtime;
  const result = host.call(values, { environment, scope, source });
  if (!isPromise(result)) return result ?? null;
  if (memo === undefined) {
    // Nobody will look at the outcome; a rejection must not end the process.
    result.then(undefined, () => undefined);
    throw new ExpressionError("ASYNCHRONOUS", `\`${name}\` has to wait for its result, which is not possible here`);
  }
  throw suspend(result, keyOf(name, values), memo);
}

function argumentsByName(
  name: string,
  host: HostFunction,
  given: readonly CompiledArgument[],
  runtime: Runtime,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [index, argument] of given.entries()) {
    const parameter = argument.name ?? host.parameters[index];
    if (parameter === undefined || !host.parameters.includes(parameter)) {
      const known = host.parameters.map((known) => `\`${known}\``).join(", ");
      const what = parameter === undefined ? `${given.length} arguments` : `the argument \`${parameter}\``;
      throw new ExpressionError("ARGUMENT", `The function \`${name}\` doesn't take ${what}; it takes ${known}`);
    }
    put(values, parameter, argument.value(runtime));
  }
  return values;
}

function keyOf(name: string, values: Record<string, unknown>): string {
  return `${name} ${jsonText(values)}`;
}
