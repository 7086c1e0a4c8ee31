import {
  isTerminal,
  retryId,
  type ChildRequest,
  type Effect,
  type ExecutionRow,
  type LiveExecution,
} from "@capstan/engine";
import { RequestError } from "../services.ts";
import type { DispatchParts } from "./dispatch.ts";

/** Executions that tasks of other executions create, go on with, or kill. */
export interface Children {
  /** Creates the child, once however often it is asked for, and tells the task that waits how it stands. */
  create(parent: LiveExecution, request: ChildRequest): Promise<void>;
  /** Tells the task that waits how a child ended, or that it was never created; one that is live will say so itself. */
  find(parent: LiveExecution, child: FindChild): Promise<void>;
  /** Kills a child, after its creation when that is under way. */
  kill(parent: LiveExecution, executionId: string): Promise<void>;
}

type FindChild = Extract<Effect, { type: "find-child" }>;
type Parts = Pick<DispatchParts, "store" | "executor" | "creation" | "restart" | "logger">;

export function createChildren(parts: Parts): Children {
  const underWay = new Map<string, Promise<void>>();

  /** The child, or the execution that took its place as a retry; nothing while that is being made. */
  const latest = async (row: ExecutionRow): Promise<ExecutionRow | undefined> => {
    let last: ExecutionRow | undefined = row;
    while (last?.state === "RETRIED") last = await parts.store.executions.get(row.tenant, retryId(last));
    return last;
  };
  /** One that has not ended will say so itself. */
  const tellEnd = async (parent: LiveExecution, run: number, child: ExecutionRow, part: { iteration?: number }) => {
    const row = await latest(child);
    if (row === undefined || !isTerminal(row.state)) return;
    const { id: executionId, originalId, state, outputs } = row;
    const end = { executionId, originalId, state, ...(outputs === undefined ? {} : { outputs }), ...part };
    parts.executor().send(parent, { type: "child-ended", run, end });
  };

  const create = async (parent: LiveExecution, request: ChildRequest): Promise<void> => {
    const { run, iteration } = request;
    const part = iteration === undefined ? {} : { iteration };
    const send = (event: Parameters<ReturnType<Parts["executor"]>["send"]>[1]) => parts.executor().send(parent, event);
    try {
      const row = await parts.creation().createChild(parent, request);
      const goesOn = request.restart && hasFailed(row);
      if (goesOn) await parts.restart(row.tenant, row.id);
      send({ type: "child-created", run: run.index, ...part });
      if (request.wait && !goesOn) await tellEnd(parent, run.index, row, part);
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
    find: async (parent, { run: { index: run }, executionId, iteration }) => {
      const part = iteration === undefined ? {} : { iteration };
      const row = await parts.store.executions.get(parent.tenant, executionId);
      const message = `the execution ${executionId} was never created`;
      if (row === undefined) parts.executor().send(parent, { type: "child-refused", run, ...part, message });
      else await tellEnd(parent, run, row, part);
    },
    kill: async ({ tenant }, executionId) => {
      await underWay.get(executionId);
      if (parts.executor().send({ tenant, id: executionId }, { type: "kill" })) return;
      const row = await parts.store.executions.get(tenant, executionId);
      const retry = row === undefined ? undefined : await latest(row);
      if (retry !== undefined) parts.executor().send({ tenant, id: retry.id }, { type: "kill" });
    },
  };
}

function hasFailed({ state }: ExecutionRow): boolean {
  return state === "FAILED" || state === "KILLED" || state === "CANCELLED";
}
