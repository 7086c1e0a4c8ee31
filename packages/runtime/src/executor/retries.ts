import { goingOn, replayRows, restoreLive, retryId, type ExecutionRow } from "@capstan/engine";
import type { CommitUnit, Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { Places } from "../flow-control/places.ts";
import type { Creation } from "./creation.ts";
import type { Executor } from "./executor.ts";
import { type FlowRegistry, planFor } from "./flows.ts";
import { commitInsisting, type Insist } from "./insist.ts";
import type { LiveKey } from "./live-key.ts";
import { replayMessage } from "./pending-work.ts";
import { storedExecution } from "./watching.ts";

export interface RetryParts {
  readonly store: Store;
  readonly flows: FlowRegistry;
  readonly creation: Creation;
  readonly executor: Executor;
  readonly places: Places;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly newId: () => string;
  readonly insist: Insist;
}

/**
 * Retry with a new execution: a copy that goes on from a task run of the failed one, at that time. It takes the message that asked
 * for it.
 */
export async function retryFrom(
  parts: RetryParts,
  { tenant, id }: LiveKey,
  taskRun: number,
  retryAt: number,
): Promise<void> {
  const { store, flows, creation, executor, places, clock, newId } = parts;
  const found = await parts.insist(async () => {
    const stored = await storedExecution(store, tenant, id);
    const target = stored?.taskRuns.find(({ index }) => index === taskRun);
    return stored && target && { ...stored, target, plan: await planFor(flows, stored.row) };
  });
  if (found === undefined) return;
  const { row, taskRuns, target, plan } = found;
  await parts.insist(async () => places.ready(tenant, plan.flow));
  const replay = { id: retryId(row), now: clock.now(), newId, retryAt };
  const replayed = goingOn(replayRows(plan, row, taskRuns, target, replay), replay.now);
  const executionId = replayed.row.id;
  const unit: CommitUnit = {
    executions: [replayed.row],
    taskRuns: replayed.taskRuns.map((run) => ({ tenant, executionId, row: run })),
    takenMessages: [replayMessage({ tenant, id }, taskRun, retryAt)],
  };
  await commitInsisting(parts, unit);
  creation.adoptRestored(restoreLive(plan, replayed.row, replayed.taskRuns));
  // Who waits for it may have been told to stop while there was nothing to kill.
  if (isCallerStopping(executor, replayed.row))
    executor.send({ tenant, id: executionId }, { type: "kill", ...parentOf(replayed.row) });
}

function parentOf({ parent }: ExecutionRow): { readonly parent?: string } {
  return parent === undefined ? {} : { parent: parent.executionId };
}

function isCallerStopping(executor: Executor, { tenant, parent }: ExecutionRow): boolean {
  if (parent === undefined) return false;
  const caller = executor.get({ tenant, id: parent.executionId });
  return caller?.runs.get(parent.taskRun)?.state === "KILLING";
}
