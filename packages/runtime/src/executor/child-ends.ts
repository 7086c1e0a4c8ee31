import { isTerminal, scopeFor, type ChildEnd, type ExecutionRow, type LiveExecution } from "@capstan/engine";
import { renderDeep, settle } from "@capstan/expression";
import type { JsonMap, JsonValue } from "@capstan/model";
import type { DispatchParts } from "./dispatch.ts";

/** Tells task runs how the executions ended that they wait for. */
export interface ChildEnds {
  /** Of a child in memory, to whoever waits for it and is in memory. */
  readonly tell: (child: LiveExecution) => void;
  /** Of a child in the store; one that has not ended will say so itself. */
  tellStored(parent: LiveExecution, run: number, child: ExecutionRow, part: Part): Promise<void>;
}

export type ChildEndParts = Pick<
  DispatchParts,
  "store" | "executor" | "restore" | "environment" | "globals" | "insist"
>;
/** Which batch of a ForEachItem. */
type Part = Pick<ChildEnd, "iteration">;

export function createChildEnds(parts: ChildEndParts): ChildEnds {
  const send = async (parent: LiveExecution, run: number, ending: ChildEnd | Promise<ChildEnd>, part: Part) => {
    const end = { ...(await ending), ...part };
    parts.executor().send(parent, { type: "child-ended", run, end });
  };
  const askedBy = (parent: LiveExecution, run: number) => parent.runs.get(run)?.node.task.properties["outputs"];
  return {
    tell: (child) => {
      const { parent: link } = child.fixed;
      // The execution that retries it will tell.
      if (link === undefined || child.state === "RETRIED") return;
      const { taskRun: run, iteration } = link;
      const parent = parts.executor().get({ tenant: child.tenant, id: link.executionId });
      if (parent === undefined) return;
      const part = iteration === undefined ? {} : { iteration };
      void send(parent, run, endOf(parts, child, askedBy(parent, run)), part);
    },
    tellStored: async (parent, run, row, part) => {
      if (isTerminal(row.state)) await send(parent, run, storedEnd(parts, row, askedBy(parent, run)), part);
    },
  };
}

async function storedEnd(parts: ChildEndParts, row: ExecutionRow, asked: JsonValue | undefined): Promise<ChildEnd> {
  if (row.outputs === undefined && asked === undefined) return endOfRow(row);
  try {
    const child = await parts.insist(() => parts.restore(row.tenant, row.id));
    return child === undefined ? endOfRow(row) : await endOf(parts, child, asked);
  } catch (error) {
    return { ...endOfRow(row), error: `the outputs of the subflow can't be read: ${(error as Error).message}` };
  }
}

/**
 * How a child ended, for the task run that waits for it: at once, unless the task itself asks for outputs (the deprecated
 * `outputs` of Subflow), which are rendered in the scope of the child.
 */
function endOf(parts: ChildEndParts, child: LiveExecution, asked: JsonValue | undefined): ChildEnd | Promise<ChildEnd> {
  const end: ChildEnd = {
    ...endOfRow({ ...child, originalId: child.fixed.originalId }),
    ...(child.outputs === undefined ? {} : { outputs: child.outputs }),
    ...(child.plan.floats.outputs.length === 0 ? {} : { floats: child.plan.floats.outputs }),
  };
  return asked === undefined || child.plan.flow.outputs.length > 0 ? end : withOutputs(parts, child, asked, end);
}

/** What a row alone tells of the end of a child. */
function endOfRow({ id, originalId, state, error }: EndRow): ChildEnd {
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
