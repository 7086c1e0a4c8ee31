import { resolveInputs, scopeFor, type LiveExecution } from "@capstan/engine";
import { settle, type Environment } from "@capstan/expression";
import type { Input, JsonMap } from "@capstan/model";
import { RequestError } from "../errors.ts";
import type { CheckedInputs } from "../services.ts";
import { checkInputs } from "./check-inputs.ts";

type Given = Readonly<Record<string, unknown>>;

/** What the paused task runs of an execution ask for. */
export interface ResumeInputs {
  /** What was given, coerced. Throws `RequestError` 422. */
  resolve(execution: LiveExecution, given: Given): Promise<JsonMap>;
  /** What `resolve` would make of it. */
  check(execution: LiveExecution, given: Given): Promise<CheckedInputs>;
}

export function createResumeInputs(parts: {
  readonly globals: Readonly<Record<string, unknown>>;
  readonly environment: (tenant: string, namespace: string, flowId: string) => Environment;
}): ResumeInputs {
  const asked = (execution: LiveExecution) => {
    const { tenant, fixed } = execution;
    const declared = [...execution.runs.values()]
      .filter(({ state }) => state === "PAUSED")
      .flatMap((run) => (run.node.task.properties["onResume"] ?? []) as unknown as readonly Input[]);
    return {
      inputs: declared.map(withDefaults),
      scope: scopeFor(execution, undefined, parts.globals),
      environment: parts.environment(tenant, fixed.namespace, fixed.flowId),
      source: "resume" as const,
    };
  };
  return {
    resolve: async (execution, given) => {
      const { inputs, ...context } = asked(execution);
      const resolved = await settle(context.environment, (settling) =>
        resolveInputs(inputs, given, { ...context, environment: settling }),
      );
      if (!("violations" in resolved)) return resolved.values;
      const problems = resolved.violations.map(({ message }) => message);
      throw new RequestError("inputs-invalid", problems.join(", "), problems);
    },
    check: (execution, given) => {
      const { inputs, ...context } = asked(execution);
      return checkInputs(inputs, given, { ...context, failedChecks: async () => [] });
    },
  };
}

/** Inputs of a Pause are written like those of a flow; what is left out takes the same defaults. */
function withDefaults(input: Input): Input {
  return { ...input, writtenType: input.type, required: input.required ?? true };
}
