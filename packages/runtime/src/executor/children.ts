import { isTerminal, type ChildRequest, type ExecutionRow, type LiveExecution } from "@capstan/engine";
import { RequestError } from "../services.ts";
import type { DispatchParts } from "./dispatch.ts";

/** Executions that tasks of other executions create, go on with, or kill. */
export interface Children {
  /** Creates the child, once however often it is asked for, and tells the task that waits how it stands. */
  create(parent: LiveExecution, request: ChildRequest): Promise<void>;
  /** Kills a child, after its creation when that is under way. */
  kill(parent: LiveExecution, executionId: string): Promise<void>;
}

type Parts = Pick<DispatchParts, "executor" | "creation" | "restart" | "logger">;

export function createChildren(parts: Parts): Children {
  const underWay = new Map<string, Promise<void>>();

  const create = async (parent: LiveExecution, request: ChildRequest): Promise<void> => {
    const { run, iteration } = request;
    const part = iteration === undefined ? {} : { iteration };
    const send = (event: Parameters<ReturnType<Parts["executor"]>["send"]>[1]) => parts.executor().send(parent, event);
    try {
      const row = await parts.creation().createChild(parent, request);
      const goesOn = request.restart && hasFailed(row);
      if (goesOn) await parts.restart(row.tenant, row.id);
      send({ type: "child-created", run: run.index, ...part });
      if (!request.wait || goesOn || !isTerminal(row.state)) return;
      const { id: executionId, originalId, state, outputs } = row;
      const end = { executionId, originalId, state, ...(outputs === undefined ? {} : { outputs }), ...part };
      send({ type: "child-ended", run: run.index, end });
    } catch (error) {
      if (!(error instanceof RequestError)) parts.logger.error({ err: error }, "a child execution can't be created");
      const message = error instanceof Error ? error.message : String(error);
      send({ type: "child-refused", run: run.index, ...part, message });
    }
  };

  return {
    create: async (parent, request) => {
      const creating = create(parent, request);
      underWay.set(request.executionId, creating);
      await creating;
      underWay.delete(request.executionId);
    },
    kill: async ({ tenant }, executionId) => {
      await underWay.get(executionId);
      parts.executor().send({ tenant, id: executionId }, { type: "kill" });
    },
  };
}

function hasFailed({ state }: ExecutionRow): boolean {
  return state === "FAILED" || state === "KILLED" || state === "CANCELLED";
}
