import { scopeFor, type ChildEnd, type ExecutionRow, type LiveExecution } from "@capstan/engine";
import { renderDeep, settle, type Environment } from "@capstan/expression";
import type { JsonMap, JsonValue } from "@capstan/model";

export interface ChildEndParts {
  readonly environment: (execution: LiveExecution) => Environment;
  readonly globals: Readonly<Record<string, unknown>>;
}

/**
 * How a child ended, for the task run that waits for it: at once, unless the task itself asks for outputs (the deprecated
 * `outputs` of Subflow), which are rendered in the scope of the child.
 */
export function endOf(
  parts: ChildEndParts,
  child: LiveExecution,
  asked: JsonValue | undefined,
): ChildEnd | Promise<ChildEnd> {
  const end: ChildEnd = {
    ...endOfRow({ ...child, originalId: child.fixed.originalId }),
    ...(child.outputs === undefined ? {} : { outputs: child.outputs }),
    ...(child.plan.floats.outputs.length === 0 ? {} : { floats: child.plan.floats.outputs }),
  };
  return asked === undefined || child.plan.flow.outputs.length > 0 ? end : withOutputs(parts, child, asked, end);
}

/** What a row alone tells of the end of a child. */
export function endOfRow({ id, originalId, state, error }: EndRow): ChildEnd {
  return { executionId: id, originalId, state, ...(error === undefined ? {} : { cause: error }) };
}

interface EndRow extends Pick<ExecutionRow, "id" | "originalId" | "state"> {
  readonly error?: string | undefined;
}

async function withOutputs(
  { environment, globals }: ChildEndParts,
  child: LiveExecution,
  asked: JsonValue,
  end: ChildEnd,
): Promise<ChildEnd> {
  try {
    const outputs = await settle(environment(child), (settling) =>
      renderDeep(asked, scopeFor(child, undefined, globals), settling),
    );
    return { ...end, outputs: outputs as JsonMap };
  } catch (error) {
    return { ...end, error: `the outputs of the subflow can't be rendered: ${(error as Error).message}` };
  }
}
