import {
  historyOf,
  isTerminal,
  OPEN_STATES,
  type Plan,
  type ReasonCode,
  waitsOf,
  type ExecutionRow,
  type Wait,
} from "@capstan/engine";
import type { Store } from "@capstan/store";
import { RequestError } from "../errors.ts";
import type { AwaitedExecution, ExecutionService, ExplainedWait, SlotStanding } from "../services.ts";
import type { OpenBatch } from "../flow-control/batches.ts";
import type { Crew } from "../worker/remote/crew.ts";
import { required } from "./stored-executions.ts";

/** Waits that an explanation names; of more it says how many there are. */
export const WAITS_MAX = 100;
/** Entries of the history that an explanation repeats. */
export const REASONS_MAX = 50;
/** Executions that are looked up for all waits of one explanation; of others only the ids are told. */
export const AWAITED_MAX = 100;

export interface ExplanationParts {
  readonly store: Store;
  /** The flow revision of an execution, compiled. Throws `RequestError` for one that is missing or not valid. */
  readonly planOf: (row: ExecutionRow) => Promise<Plan>;
  /** What expressions see in every execution. */
  readonly globals: Readonly<Record<string, unknown>>;
  /** Workers of other processes, where there may be any. */
  readonly crew?: Pick<Crew, "isServed" | "list"> | undefined;
  /** Where an execution that this process drives stands in the queue of its flow. */
  readonly standing: (tenant: string, id: string) => SlotStanding | undefined;
  /** How far the batch is that an execution waits for. */
  readonly batchOf: (tenant: string, id: string) => OpenBatch | undefined;
  /** What the job of a task run waits for, while no worker was given it. */
  readonly jobStanding: (
    tenant: string,
    id: string,
    taskRun: number,
  ) => (SlotStanding & { readonly text: string }) | undefined;
}

/** Tells what happened to executions and what they wait for, from their rows. */
export function createExplanations(parts: ExplanationParts): Pick<ExecutionService, "history" | "explain"> {
  const { store } = parts;
  return {
    history: async (tenant, id) => {
      const { row, taskRuns } = await required(store, tenant, id);
      const { plan } = await planOf(parts, row);
      return { row, taskRuns, entries: historyOf(row, taskRuns, plan, parts.globals) };
    },
    explain: async (tenant, id) => {
      const { row, taskRuns } = await required(store, tenant, id);
      const { plan, problem } = await planOf(parts, row);
      const waits = waitsOf(row, taskRuns, plan);
      const named = waits.slice(0, WAITS_MAX);
      const awaited = await awaitedBy(store, row, named);
      const standing = row.state === "QUEUED" ? parts.standing(tenant, id) : undefined;
      return {
        row,
        taskRuns,
        waits: named.map((wait) =>
          held(parts, row, explained(withBatch(parts, row, withWorker(wait, parts.crew)), standing, awaited)),
        ),
        waitsTotal: waits.length,
        reasons: historyOf(row, taskRuns, plan, parts.globals).filter(isTelling).slice(-REASONS_MAX),
        ...(problem === undefined || isTerminal(row.state) ? {} : { flowProblem: problem }),
      };
    },
  };
}

/** Reasons that say no more than the change of state itself. */
const PLAIN: ReadonlySet<ReasonCode> = new Set(["retry-due", "pause-task"]);

function isTelling({ why }: { readonly why?: { readonly code: ReasonCode } }): boolean {
  return why !== undefined && !PLAIN.has(why.code);
}

async function planOf(
  parts: ExplanationParts,
  row: ExecutionRow,
): Promise<{ readonly plan?: Plan; readonly problem?: string }> {
  try {
    return { plan: await parts.planOf(row) };
  } catch (error) {
    if (error instanceof RequestError) return { problem: error.message };
    throw error;
  }
}

/** With what is known of the workers that it waits for. */
function withWorker(wait: Wait, crew: ExplanationParts["crew"]): Wait {
  const { target, workerId, text } = wait;
  if (target !== undefined && crew?.isServed(target) === false) return { ...wait, text: `${text}; none is connected` };
  if (workerId === undefined) return wait;
  const worker = crew?.list().find(({ id }) => id === workerId);
  const name = worker?.name ?? workerId;
  return { ...wait, text: `${text} (${name}${worker?.isConnected === true ? "" : ", which is not connected"})` };
}

/** The wait for the end of a batch, with how many starts are in it. */
function withBatch({ batchOf }: ExplanationParts, { tenant, id, state }: ExecutionRow, wait: Wait): Wait {
  const open = state === "CREATED" ? batchOf(tenant, id) : undefined;
  if (open === undefined) return wait;
  return { ...wait, text: `its batch to be full: ${open.size} of ${open.batch.maxSize} starts are in it` };
}

function explained(
  wait: Wait,
  slot: SlotStanding | undefined,
  awaited: ReadonlyMap<number, readonly AwaitedExecution[]>,
): ExplainedWait {
  const executions = wait.taskRun === undefined ? undefined : awaited.get(wait.taskRun.index);
  return {
    ...wait,
    ...(wait.kind === "slot" && slot !== undefined ? { slot } : {}),
    ...(wait.kind === "slot" && slot?.until !== undefined ? { until: slot.until } : {}),
    ...(executions === undefined ? {} : { awaited: executions }),
  };
}

/** The wait for a worker, where it is a limit that keeps the job from one. */
function held(parts: ExplanationParts, { tenant, id }: ExecutionRow, wait: ExplainedWait): ExplainedWait {
  if (wait.kind !== "job" || wait.taskRun?.state !== "SUBMITTED") return wait;
  const standing = parts.jobStanding(tenant, id, wait.taskRun.index);
  if (standing === undefined) return wait;
  const { text, ...slot } = standing;
  return { ...wait, kind: "slot", text: `a slot: ${text}`, goesOn: "one of the tasks that run ends", slot };
}

/** Executions that task runs wait for, by the index of the task run. */
async function awaitedBy(
  store: Store,
  { tenant, id }: ExecutionRow,
  waits: readonly Wait[],
): Promise<ReadonlyMap<number, readonly AwaitedExecution[]>> {
  const parents = waits.filter(({ kind }) => kind === "child");
  const awaited = new Map<number, readonly AwaitedExecution[]>();
  if (parents.length === 0) return awaited;
  const filter = { tenant, parentExecutionId: id, states: OPEN_STATES };
  const { rows } = await store.executions.search(filter, { offset: 0, limit: AWAITED_MAX, uncounted: true });
  for (const { taskRun, executionIds = [] } of parents) {
    if (taskRun === undefined) continue;
    const open = rows.filter(({ parent }) => parent?.taskRun === taskRun.index).map((row) => ({ id: row.id, row }));
    const unknown = open.length > 0 ? [] : executionIds.map((executionId) => ({ id: executionId }));
    awaited.set(taskRun.index, [...open, ...unknown]);
  }
  return awaited;
}
