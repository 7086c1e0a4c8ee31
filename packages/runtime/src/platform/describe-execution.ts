import { isTerminal, type TaskRunRow } from "@capstan/engine";
import { type ExecutionSummary, TaskFailure, type TaskRunSummary } from "@capstan/sdk";
import type { Store } from "@capstan/store";
import { defined } from "../defined.ts";

interface Parts {
  readonly store: Store;
  readonly publicUrl: string | undefined;
}

/** What notifications tell of an execution. Throws `TaskFailure` when there is none of this id. */
export async function describeExecution(
  { store, publicUrl }: Parts,
  tenant: string,
  executionId: string,
): Promise<ExecutionSummary> {
  const [found] = await store.executions.whole([{ tenant, id: executionId }]);
  if (found === undefined)
    throw new TaskFailure(`There is no execution ${executionId}. It may have been purged; or check \`executionId\`.`);
  const { row, taskRuns } = found;
  const { namespace, flowId, flowRevision, state, history, createdAt, error } = row;
  const leaves = leavesOf(taskRuns);
  return defined({
    executionId,
    namespace,
    flowId,
    flowRevision,
    state,
    startDate: history[0]?.date ?? createdAt,
    endDate: isTerminal(state) ? history.at(-1)?.date : undefined,
    error,
    url:
      publicUrl === undefined
        ? undefined
        : `${publicUrl}/ui/${tenant}/executions/${namespace}/${flowId}/${executionId}`,
    firstFailed: summaryOf(earliest(leaves.filter((run) => run.state === "FAILED"))),
    lastTask: summaryOf(latest(leaves.filter((run) => isTerminal(run.state)))),
  });
}

/** A flowable fails because of a task in it, and ends when that has. */
function leavesOf(taskRuns: readonly TaskRunRow[]): readonly TaskRunRow[] {
  const parents = new Set(taskRuns.map(({ parent }) => parent));
  return taskRuns.filter(({ index }) => !parents.has(index));
}

const endOf = ({ history }: TaskRunRow) => history.at(-1)?.date ?? 0;

function earliest(taskRuns: readonly TaskRunRow[]): TaskRunRow | undefined {
  return taskRuns.reduce<TaskRunRow | undefined>(
    (best, run) => (best === undefined || endOf(run) < endOf(best) ? run : best),
    undefined,
  );
}

function latest(taskRuns: readonly TaskRunRow[]): TaskRunRow | undefined {
  return taskRuns.reduce<TaskRunRow | undefined>(
    (best, run) => (best === undefined || endOf(run) >= endOf(best) ? run : best),
    undefined,
  );
}

function summaryOf(run: TaskRunRow | undefined): TaskRunSummary | undefined {
  if (run === undefined) return undefined;
  const { taskId, value, state, error } = run;
  return defined({ taskId, value, state, error });
}
