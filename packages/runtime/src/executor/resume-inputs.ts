import { resolveInputs, scopeFor, type LiveExecution, type LiveRun } from "@capstan/engine";
import { settle, type Environment } from "@capstan/expression";
import { APPROVAL, type Input, type JsonMap } from "@capstan/model";
import { RequestError } from "../errors.ts";
import type { CheckedInputs } from "../services.ts";
import { checkInputs } from "./check-inputs.ts";

type Given = Readonly<Record<string, unknown>>;

/** What an Approval asks for, or without one the Pauses of an execution that wait. */
export interface ResumeInputs {
  /** What was given, coerced. Throws `RequestError` 422. */
  resolve(execution: LiveExecution, given: Given, approval?: LiveRun): Promise<JsonMap>;
  /** What `resolve` would make of it. */
  check(execution: LiveExecution, given: Given, approval?: LiveRun): Promise<CheckedInputs>;
}

export function createResumeInputs(parts: {
  readonly globals: Readonly<Record<string, unknown>>;
  readonly environment: (tenant: string, namespace: string, flowId: string) => Environment;
}): ResumeInputs {
  const asked = (execution: LiveExecution, approval: LiveRun | undefined) => {
    const { tenant, fixed } = execution;
    const runs = approval === undefined ? pauses(execution) : [approval];
    return {
      inputs: runs.flatMap(declaredBy).map(withDefaults),
      scope: scopeFor(execution, approval, parts.globals),
      environment: parts.environment(tenant, fixed.namespace, fixed.flowId),
      source: "resume" as const,
    };
  };
  return {
    resolve: async (execution, given, approval) => {
      const { inputs, ...context } = asked(execution, approval);
      const resolved = await settle(context.environment, (settling) =>
        resolveInputs(inputs, given, { ...context, environment: settling }),
      );
      if (!("violations" in resolved)) return resolved.values;
      const problems = resolved.violations.map(({ message }) => message);
      throw new RequestError("inputs-invalid", problems.join(", "), problems);
    },
    check: (execution, given, approval) => {
      const { inputs, ...context } = asked(execution, approval);
      return checkInputs(inputs, given, { ...context, failedChecks: async () => [] });
    },
  };
}

function pauses({ runs }: LiveExecution): readonly LiveRun[] {
  return [...runs.values()].filter(({ state, node }) => state === "PAUSED" && node.task.type !== APPROVAL);
}

function declaredBy({ node: { task } }: LiveRun): readonly Input[] {
  const declared = task.properties[task.type === APPROVAL ? "inputs" : "onResume"] ?? [];
  return declared as unknown as readonly Input[];
}

/** Inputs of a Pause are written like those of a flow; what is left out takes the same defaults. */
function withDefaults(input: Input): Input {
  return { ...input, writtenType: input.type, required: input.required ?? true };
}
