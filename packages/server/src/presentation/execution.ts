import type { ExecutionAnswer, StateAnswer, TaskRunAnswer } from "@capstan/api";
import { formatDuration, isTerminal, instantText } from "@capstan/model";
import type { ExecutionRow, TaskRunRow } from "@capstan/store";

/**
 * An execution as the API and the command line show it. Without `taskRuns` the list of them is left out, as in
 * searches. `now` measures the duration of what still runs.
 */
export function presentExecution(
  row: ExecutionRow,
  taskRuns?: readonly TaskRunRow[],
  now: number = Date.now(),
): ExecutionAnswer {
  return {
    id: row.id,
    tenantId: row.tenant,
    namespace: row.namespace,
    flowId: row.flowId,
    flowRevision: row.flowRevision,
    ...(taskRuns !== undefined && { taskRunList: presentTaskRuns(row, taskRuns, now) }),
    inputs: row.inputs,
    ...(row.outputs !== undefined && { outputs: row.outputs }),
    labels: [...row.labels],
    variables: row.variables,
    state: presentState(row.state, row.history, now),
    ...(row.trigger !== undefined && { trigger: row.trigger }),
    ...(row.batch !== undefined && { batch: presentBatch(row.batch, taskRuns !== undefined) }),
    ...(parentOf(row) !== undefined && { parentId: parentOf(row) }),
    originalId: row.originalId,
    deleted: false,
    metadata: {
      attemptNumber: row.attemptNumber,
      originalCreatedDate: instantText(row.history[0]?.date ?? row.createdAt),
    },
    ...(row.scheduleDate !== undefined && { scheduleDate: instantText(row.scheduleDate) }),
    ...(row.kind !== "NORMAL" && { kind: row.kind }),
    ...(row.error !== undefined && { error: row.error }),
  };
}

/** The execution that this one replays or retries, else the one that waits for it. */
export function parentOf({ replayOf, parent }: ExecutionRow): string | undefined {
  return replayOf ?? parent?.executionId;
}

function presentBatch({ items }: NonNullable<ExecutionRow["batch"]>, isWhole: boolean): ExecutionAnswer["batch"] {
  const shown = () =>
    items.map(({ date, labels, ...item }) => ({
      ...item,
      date: instantText(date),
      ...(labels !== undefined && { labels: [...labels] }),
    }));
  return { size: items.length, ...(isWhole && { items: shown() }) };
}

/** A state with its history; an end only when it is final or paused, a duration always. */
export function presentState(
  current: ExecutionRow["state"],
  history: ExecutionRow["history"],
  now: number,
): StateAnswer {
  const start = history[0]?.date ?? now;
  const last = history.at(-1)?.date ?? now;
  const hasEnd = isTerminal(current) || current === "PAUSED";
  return {
    current,
    histories: history.map(({ state, date }) => ({ state, date: instantText(date) })),
    startDate: instantText(start),
    ...(hasEnd && { endDate: instantText(last) }),
    duration: formatDuration((hasEnd ? last : Math.max(now, last)) - start),
  };
}

function presentTaskRuns(row: ExecutionRow, taskRuns: readonly TaskRunRow[], now: number): TaskRunAnswer[] {
  const ids = new Map(taskRuns.map(({ index, id }) => [index, id]));
  return taskRuns.map((run) => {
    const parentId = run.parent === undefined ? undefined : ids.get(run.parent);
    return {
      id: run.id,
      tenantId: row.tenant,
      executionId: row.id,
      namespace: row.namespace,
      flowId: row.flowId,
      taskId: run.taskId,
      ...(parentId !== undefined && { parentTaskRunId: parentId }),
      ...(run.value !== undefined && { value: run.value }),
      ...(run.iteration !== undefined && { iteration: run.iteration }),
      attempts: attemptsOf(run).map((attempt) => ({
        state: presentState(attempt.state, attempt.history, now),
        ...(attempt.workerId !== undefined && { workerId: attempt.workerId }),
        ...(attempt.logFile !== undefined && { logFile: attempt.logFile }),
      })),
      ...(run.outputs !== undefined && { outputs: run.outputs }),
      state: presentState(run.state, run.history, now),
    };
  });
}

/** A flowable makes no attempts of its own; clients of Kestra expect one, which lasts from its start to its end. */
function attemptsOf({ attempts, state, history }: TaskRunRow): TaskRunRow["attempts"] {
  const started = history.find((change) => change.state === "RUNNING");
  if (attempts.length > 0 || started === undefined) return attempts;
  const since = history.slice(history.indexOf(started));
  return [{ state, history: [{ state: "CREATED", date: started.date }, ...since] }];
}
