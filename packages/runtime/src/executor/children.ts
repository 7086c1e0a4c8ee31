import { retryId, type ChildRequest, type Effect, type ExecutionRow, type LiveExecution } from "@capstan/engine";
import type { Store } from "@capstan/store";
import { RequestError } from "../errors.ts";
import { createChildEnds, type ChildEndParts } from "./child-ends.ts";
import type { DispatchParts } from "./dispatch.ts";
import { isPassing } from "./insist.ts";

/** Executions that tasks of other executions create, go on with, or kill. */
export interface Children {
  /** Creates the child, once however often it is asked for, and tells the task that waits how it stands. */
  create(parent: LiveExecution, request: ChildRequest): Promise<void>;
  /** The end of an execution is durable: tells the task run that waits for it, when it is in memory. */
  readonly ended: (child: LiveExecution) => void;
  /** Tells the task that waits how a child ended, or that it was never created; one that is live will say so itself. */
  find(parent: LiveExecution, child: FindChild): Promise<void>;
  /** Kills a child, after its creation when that is under way. */
  kill(parent: LiveExecution, executionId: string): Promise<void>;
}

type FindChild = Extract<Effect, { type: "find-child" }>;
type ChildrenParts = ChildEndParts & Pick<DispatchParts, "creation" | "restart" | "logger" | "insist">;

export function createChildren(parts: ChildrenParts): Children {
  const { insist } = parts;
  const underWay = new Map<string, Promise<void>>();
  const ends = createChildEnds(parts);

  const create = async (parent: LiveExecution, request: ChildRequest): Promise<void> => {
    const { run, iteration } = request;
    const part = iteration === undefined ? {} : { iteration };
    const send = (event: Parameters<ReturnType<DispatchParts["executor"]>["send"]>[1]) =>
      parts.executor().send(parent, event);
    try {
      const row = await insist(() => parts.creation().createChild(parent, request));
      const goesOn = request.restart && (await insist(() => restartOnce(parts, row, request.attempt)));
      send({ type: "child-created", run: run.index, ...part });
      if (request.wait && !goesOn) await tellLatest(parent, run.index, row, part);
    } catch (error) {
      const isRefusal = error instanceof RequestError;
      // The process stops: the next one creates it.
      if (isPassing(error) || (!isRefusal && parts.executor().isStopped)) return;
      if (!isRefusal) parts.logger.error({ err: error }, "a child execution can't be created");
      const message = error instanceof Error ? error.message : String(error);
      send({ type: "child-refused", run: run.index, ...part, message });
    }
  };
  const tellLatest = async (parent: LiveExecution, run: number, child: ExecutionRow, part: { iteration?: number }) => {
    const row = await insist(() => latest(parts.store, child));
    if (row !== undefined) await ends.tellStored(parent, run, row, part);
  };

  return {
    create: async (parent, request) => {
      const creating = create(parent, request);
      underWay.set(request.executionId, creating);
      await creating;
      underWay.delete(request.executionId);
    },
    ended: ends.tell,
    find: async (parent, { run: { index: run }, executionId, iteration }) => {
      const part = iteration === undefined ? {} : { iteration };
      const row = await insist(() => parts.store.executions.get(parent.tenant, executionId));
      const message = `the execution ${executionId} was never created`;
      if (row === undefined) parts.executor().send(parent, { type: "child-refused", run, ...part, message });
      else await tellLatest(parent, run, row, part);
    },
    kill: async ({ tenant, id: parent }, executionId) => {
      await underWay.get(executionId);
      if (parts.executor().send({ tenant, id: executionId }, { type: "kill", parent })) return;
      const retry = await insist(async () => {
        const row = await parts.store.executions.get(tenant, executionId);
        return row === undefined ? undefined : latest(parts.store, row);
      });
      if (retry !== undefined) parts.executor().send({ tenant, id: retry.id }, { type: "kill", parent });
    },
  };
}

/** The child, or the execution that took its place as a retry; nothing while that is being made. */
async function latest(store: Store, row: ExecutionRow): Promise<ExecutionRow | undefined> {
  let last: ExecutionRow | undefined = row;
  while (last?.state === "RETRIED") last = await store.executions.get(row.tenant, retryId(last));
  return last;
}

/** Restarts a child that failed, or the execution that retried it, once for an attempt; answers whether it goes on. */
async function restartOnce(parts: ChildrenParts, child: ExecutionRow, attempt: number): Promise<boolean> {
  const row = await latest(parts.store, child);
  if (row === undefined || !hasFailed(row) || (row.callerAttempt ?? 0) >= attempt) return false;
  await parts.restart(row.tenant, row.id, attempt);
  return true;
}

function hasFailed({ state }: ExecutionRow): boolean {
  return state === "FAILED" || state === "KILLED" || state === "CANCELLED";
}
