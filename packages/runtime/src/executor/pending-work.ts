import type { LiveExecution } from "@capstan/engine";
import type { MessageKey, MessageRow } from "@capstan/store";
import type { LiveKey } from "./live-key.ts";

/**
 * What is still to be done for an execution whose state says that it is over. It is written in the commit that ends the
 * execution and taken in the one that does it, so that a crash between the two forgets nothing.
 */
const AFTER = "after";
const REPLAY = "replay/";

/** The tasks that run after the end of this execution. */
export function afterMessage({ plan, tenant, id }: LiveExecution): MessageRow | undefined {
  const hasTasks = plan.afterExecution.length > 0 || plan.listeners.length > 0;
  return hasTasks ? { tenant, executionId: id, id: AFTER, body: null } : undefined;
}

export function isAfterMessage({ id }: MessageKey): boolean {
  return id === AFTER;
}

/** A retry with a new execution, that goes on from this task run at that time. */
export function replayMessage({ tenant, id }: LiveKey, taskRun: number, at: number): MessageRow {
  return { tenant, executionId: id, id: `${REPLAY}${taskRun}`, body: at };
}

export function replayIn({ id, body }: MessageRow): { readonly taskRun: number; readonly at: number } | undefined {
  return id.startsWith(REPLAY) ? { taskRun: Number(id.slice(REPLAY.length)), at: body as number } : undefined;
}
