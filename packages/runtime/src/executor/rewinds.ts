import {
  changedRows,
  hasRestartPoint,
  replayRows,
  restartedAnew,
  restartRows,
  type ExecutionRow,
  type LiveExecution,
  type Rewound,
  type TaskRunRow,
} from "@capstan/engine";
import { duringFor, type HeldKey } from "../idempotency/held-key.ts";
import type { Acting, ExecutionService, ExecutionWithRuns } from "../services.ts";
import { planFor } from "./flows.ts";
import { goOnFrom, type GoingOnParts } from "./going-on.ts";
import { withNote } from "./noted-rows.ts";
import type { Signals } from "./signals.ts";
import { ended, endedOrPaused, nothingToRestart, required, taskRunNotFound } from "./stored-executions.ts";

export type Rewinds = Pick<ExecutionService, "restart" | "replay" | "changeTaskRunState">;

interface RewindParts extends GoingOnParts {
  readonly newId: () => string;
  readonly resume: Signals["resume"];
}

/** Lets executions that have ended, or are paused, go on from a point in their past. Every answer is durable. */
export function createRewinds(parts: RewindParts): Rewinds {
  const { store, executor, flows, creation, clock, newId, oneByOne } = parts;
  const planOf = (row: ExecutionRow, revision?: number) => planFor(flows, row, revision);
  const goOn = (tenant: string, rewound: Rewound, requestKey?: HeldKey) =>
    duringFor(requestKey, goOnFrom(parts, tenant, rewound, requestKey));
  const replayOf = async (
    row: ExecutionRow,
    taskRuns: readonly TaskRunRow[],
    options: NonNullable<Parameters<Rewinds["replay"]>[2]>,
  ): Promise<ExecutionWithRuns> => {
    const { revision = row.flowRevision, by, taskRunId, requestKey } = options;
    if (taskRunId === undefined) {
      const durable = creation.replayWhole(row, revision, options, { requestKey });
      const created = await executor.unlessStalled(duringFor(requestKey, durable));
      return { row: created, taskRuns: [] };
    }
    const target = targetOf(taskRuns, taskRunId);
    const plan = await planOf(row, revision);
    const inputs =
      options.inputs === undefined ? row.inputs : await creation.inputsOfReplay(row, revision, options.inputs);
    const revised = { ...row, flowRevision: revision, inputs };
    const now = clock.now();
    const replayed = replayRows(plan, revised, taskRuns, target, { id: newId(), now, newId });
    return goOn(row.tenant, withAction(replayed, { at: now, code: "replayed", by, taskRunId }), requestKey);
  };
  return {
    restart: (tenant, id, options = {}) =>
      oneByOne({ tenant, id }, async () => {
        const live = executor.get({ tenant, id });
        const { requestKey } = options;
        // The task that waits for it asks again for what it could not be told.
        if (live !== undefined && options.callerAttempt !== undefined && live.state !== "PAUSED")
          return required(store, tenant, id);
        if (live?.state === "PAUSED" && options.revision === undefined) return restartPaused(parts, live, options);
        const { row, taskRuns } = await ended(parts, tenant, id);
        const plan = await planOf(row, options.revision);
        if (!hasRestartPoint(plan, row, taskRuns)) throw nothingToRestart(row);
        const now = clock.now();
        const note = { at: now, code: "restarted", by: options.by } as const;
        if (options.revision === undefined) {
          const restarted = restartRows(plan, row, taskRuns, now, options.callerAttempt);
          const parent = options.callerAttempt === undefined ? undefined : row.parent?.executionId;
          return goOn(tenant, withAction(restarted, parent === undefined ? note : { ...note, parent }), requestKey);
        }
        const revised = { ...row, flowRevision: options.revision };
        const anew = restartedAnew(plan, revised, taskRuns, { id: newId(), now, newId });
        return goOn(tenant, withAction(anew, note), requestKey);
      }),
    replay: async (tenant, id, options = {}) => {
      const { row, taskRuns } = await endedOrPaused(parts, tenant, id);
      const replayed = await replayOf(row, taskRuns, options);
      await markReplayed(parts, tenant, id);
      return replayed;
    },
    changeTaskRunState: (tenant, id, taskRunId, state, { by } = {}) =>
      oneByOne({ tenant, id }, async () => {
        const { row, taskRuns } = await ended(parts, tenant, id);
        const target = targetOf(taskRuns, taskRunId);
        const now = clock.now();
        const changed = changedRows(await planOf(row), row, taskRuns, { target, state, now });
        return goOn(tenant, withAction(changed, { at: now, code: "state-changed", by, taskRunId }));
      }),
  };
}

/** What waits for a person goes on, as in Kestra: nothing of it is run again. */
async function restartPaused(
  { store, resume }: RewindParts,
  { tenant, id, labels }: LiveExecution,
  { by, requestKey }: Acting & { readonly requestKey?: HeldKey | undefined },
): Promise<ExecutionWithRuns> {
  const others = labels.filter(({ key }) => key !== RESTARTED.key);
  await resume(tenant, id, {}, { labels: [...others, RESTARTED], by });
  await requestKey?.keep({ executionId: id });
  return required(store, tenant, id);
}

/** Rows that go on, with a note of who had them do so and of how many task runs are gone since. */
function withAction(rewound: Rewound, note: Parameters<typeof withNote>[1]): Rewound {
  const removed = rewound.removed.length === 0 ? {} : { removed: rewound.removed.length };
  return { ...rewound, row: withNote(rewound.row, { ...note, ...removed }) };
}

/** Says of an execution that has ended that it was replayed; one that waits for a person is the executor's to write. */
function markReplayed({ store, executor, oneByOne }: RewindParts, tenant: string, id: string): Promise<void> {
  return oneByOne({ tenant, id }, async () => {
    const found = executor.get({ tenant, id }) === undefined ? await store.executions.get(tenant, id) : undefined;
    if (found === undefined || found.labels.some(({ key }) => key === REPLAYED.key)) return;
    await store.commit({ executions: [{ ...found, labels: [...found.labels, REPLAYED] }] });
  });
}

const RESTARTED = { key: "system.restarted", value: "true" };
const REPLAYED = { key: "system.replayed", value: "true" };

function targetOf(taskRuns: readonly TaskRunRow[], taskRunId: string): TaskRunRow {
  const target = taskRuns.find((run) => run.id === taskRunId);
  if (target === undefined) throw taskRunNotFound(taskRunId);
  return target;
}
