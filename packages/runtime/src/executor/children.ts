import {
  isTerminal,
  retryId,
  type ChildEnd,
  type ChildRequest,
  type Effect,
  type ExecutionRow,
  type LiveExecution,
} from "@capstan/engine";
import type { JsonValue } from "@capstan/model";
import { RequestError } from "../services.ts";
import { endOf, endOfRow } from "./child-end.ts";
import type { DispatchParts } from "./dispatch.ts";

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
type Parts = Pick<
  DispatchParts,
  "store" | "executor" | "creation" | "restart" | "restore" | "logger" | "environment" | "globals"
>;
/** Which batch of a ForEachItem. */
type Part = Pick<ChildEnd, "iteration">;

export function createChildren(parts: Parts): Children {
  const underWay = new Map<string, Promise<void>>();

  /** The child, or the execution that took its place as a retry; nothing while that is being made. */
  const latest = async (row: ExecutionRow): Promise<ExecutionRow | undefined> => {
    let last: ExecutionRow | undefined = row;
    while (last?.state === "RETRIED") last = await parts.store.executions.get(row.tenant, retryId(last));
    return last;
  };
  const tell = async (parent: LiveExecution, run: number, ending: ChildEnd | Promise<ChildEnd>, part: Part) => {
    const end = { ...(await ending), ...part };
    parts.executor().send(parent, { type: "child-ended", run, end });
  };
  const askedBy = (parent: LiveExecution, run: number) => parent.runs.get(run)?.node.task.properties["outputs"];
  const restoredEnd = async (row: ExecutionRow, asked: JsonValue | undefined): Promise<ChildEnd> => {
    if (row.outputs === undefined && asked === undefined) return endOfRow(row);
    try {
      const child = await parts.restore(row.tenant, row.id);
      return child === undefined ? endOfRow(row) : await endOf(parts, child, asked);
    } catch (error) {
      return { ...endOfRow(row), error: `the outputs of the subflow can't be read: ${(error as Error).message}` };
    }
  };
  /** One that has not ended will say so itself. */
  const tellEnd = async (parent: LiveExecution, run: number, child: ExecutionRow, part: Part) => {
    const row = await latest(child);
    if (row !== undefined && isTerminal(row.state))
      await tell(parent, run, restoredEnd(row, askedBy(parent, run)), part);
  };

  /** Restarts a child that failed, or the execution that retried it, once for an attempt; answers whether it goes on. */
  const restartOnce = async (child: ExecutionRow, attempt: number): Promise<boolean> => {
    const row = await latest(child);
    if (row === undefined || !hasFailed(row) || (row.callerAttempt ?? 0) >= attempt) return false;
    await parts.restart(row.tenant, row.id, attempt);
    return true;
  };

  const create = async (parent: LiveExecution, request: ChildRequest): Promise<void> => {
    const { run, iteration } = request;
    const part = iteration === undefined ? {} : { iteration };
    const send = (event: Parameters<ReturnType<Parts["executor"]>["send"]>[1]) => parts.executor().send(parent, event);
    try {
      const row = await parts.creation().createChild(parent, request);
      const goesOn = request.restart && (await restartOnce(row, request.attempt));
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
    ended: (child) => {
      const { parent: link } = child.fixed;
      // The execution that retries it will tell.
      if (link === undefined || child.state === "RETRIED") return;
      const { taskRun: run, iteration } = link;
      const parent = parts.executor().get({ tenant: child.tenant, id: link.executionId });
      if (parent === undefined) return;
      const part = iteration === undefined ? {} : { iteration };
      void tell(parent, run, endOf(parts, child, askedBy(parent, run)), part);
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
