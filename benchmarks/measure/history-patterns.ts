import type { CommitUnit, ExecutionRow, LogBatch, TaskRunRow } from "@capstan/store";

/**
 * Executions that all others of a large history are copies of: one for each flow and way of ending. The store packs them as it packs
 * any; what is of one execution alone stands in them as one of the marks below, which a copy has something else for.
 */
export interface Pattern {
  readonly flow: number;
  readonly way: number;
  readonly unit: CommitUnit;
}

export const FLOWS = 1_000;
/** The number, behind all others, of a flow that ran long ago and seldom, and its namespace. */
export const SELDOM = 1_000;
export const SELDOM_NAMESPACE = "bench.seldom";

/** The first eight of the thirteen digits of each time: times of a copy differ in these alone. */
export const TIME_MARK = "17171717";
export const TIME_MARK_MS = 100_000;
/** The id of the execution that caused this one, and the date of a schedule. */
export const CAUSE_MARK = "0causecausecausecause0";
export const DATE_MARK = "@date";

/** The patterns of one flow are so many milliseconds apart, so that copies rarely begin at the same time. */
const APART_MS = 5;

interface Way {
  readonly state: ExecutionRow["state"];
  /** Of a hundred executions. */
  readonly share: number;
  readonly cause: "schedule" | "webhook" | "person" | "flow" | "parent";
}

export const WAYS: readonly Way[] = [
  { state: "SUCCESS", share: 58, cause: "schedule" },
  { state: "SUCCESS", share: 12, cause: "webhook" },
  { state: "SUCCESS", share: 12, cause: "person" },
  { state: "SUCCESS", share: 6, cause: "flow" },
  { state: "SUCCESS", share: 4, cause: "parent" },
  { state: "FAILED", share: 4, cause: "schedule" },
  { state: "WARNING", share: 2, cause: "schedule" },
  { state: "KILLED", share: 2, cause: "person" },
];

/** The flow with a number, as `seedStore` names them. */
export function flowNamed(flow: number): { readonly namespace: string; readonly flowId: string } {
  if (flow === SELDOM) return { namespace: SELDOM_NAMESPACE, flowId: "seldom" };
  return { namespace: `bench.team${flow % 100}`, flowId: `scheduled-${flow}` };
}

/** What the ids of an execution and of its task runs begin with; one character more says which it is. */
export function patternCore(flow: number, way: number): string {
  return `0pattern${String(flow).padStart(12, "0")}${way}`;
}

export function* historyPatterns(): Iterable<Pattern> {
  for (let flow = 0; flow <= SELDOM; flow += 1)
    for (const [way, how] of WAYS.entries()) yield { flow, way, unit: patternUnit(flow, way, how) };
}

function patternUnit(flow: number, way: number, how: Way): CommitUnit {
  const core = patternCore(flow, way);
  const start = Number(TIME_MARK) * TIME_MARK_MS + (flow * WAYS.length + way) * APART_MS;
  const row = executionRow(`${core}0`, start, { flow, ...how });
  const { tenant, id: executionId, namespace, flowId } = row;
  const runs = ["extract", "transform", "load"].map((taskId, index) =>
    taskRunRow(`${core}${index + 1}`, start + 10 + index * 400, { taskId, index, state: how.state }),
  );
  const source = { tenant, executionId, namespace, flowId };
  const logs = [runs[0]!, runs[2]!].map((run): LogBatch => ({ ...source, ...logBatch(run, row) }));
  const { id: taskRunId, taskId, history } = runs[1]!;
  const metric = { ...source, taskRunId, taskId, name: "rows", type: "counter", value: flow, tags: {} } as const;
  return {
    executions: [row],
    taskRuns: runs.map((run) => ({ tenant, executionId, row: run })),
    logs,
    ...(how.cause === "person" && { metrics: [{ ...metric, time: history[0]!.date }] }),
  };
}

function executionRow(
  id: string,
  start: number,
  { flow, state, cause }: Way & { readonly flow: number },
): ExecutionRow {
  const isCaused = cause === "flow" || cause === "parent";
  const correlation = { key: "system.correlationId", value: isCaused ? CAUSE_MARK : id };
  const from = { key: "system.from", value: cause === "person" ? "api" : "trigger" };
  return {
    tenant: "main",
    id,
    ...flowNamed(flow),
    flowRevision: 1,
    kind: "NORMAL",
    inputs: { day: "2026-01-01", limit: flow },
    ...triggerOf(cause),
    originalId: id,
    attemptNumber: 1,
    createdAt: start,
    state,
    history: [
      { state: "CREATED", date: start },
      { state: "RUNNING", date: start + 10 },
      { state, date: start + 1_200 + flow },
    ],
    labels: [...labelsOf(flow, cause), correlation, from],
    variables: {},
    ...(state === "FAILED" && { error: "load: the database refused the rows" }),
  };
}

function triggerOf(cause: Way["cause"]): Pick<ExecutionRow, "trigger" | "parent"> {
  const type = "io.kestra.plugin.core.trigger";
  switch (cause) {
    case "schedule":
      return { trigger: { id: "clock", type: `${type}.Schedule`, variables: { date: DATE_MARK } } };
    case "webhook":
      return { trigger: { id: "hook", type: `${type}.Webhook`, variables: { body: { number: 1 }, parameters: {} } } };
    case "person":
      return {};
    case "flow":
      return { trigger: { id: "upstream", type: `${type}.Flow`, variables: { executionId: CAUSE_MARK } } };
    case "parent":
      return { parent: { executionId: CAUSE_MARK, taskRun: 0 } };
    default:
      return cause satisfies never;
  }
}

/** One that a fifth of those with labels have, one that all of them have, and one that few share. */
function labelsOf(flow: number, cause: Way["cause"]): ExecutionRow["labels"] {
  if (cause !== "person") return [];
  return [
    { key: "team", value: `team${flow % 5}` },
    { key: "env", value: "prod" },
    { key: "order", value: CAUSE_MARK },
  ];
}

function taskRunRow(
  id: string,
  start: number,
  { taskId, index, state }: Pick<TaskRunRow, "taskId" | "index" | "state">,
): TaskRunRow {
  const ended = taskId === "load" ? state : "SUCCESS";
  return {
    index,
    id,
    taskId,
    state: ended,
    history: [
      { state: "CREATED", date: start },
      { state: "SUBMITTED", date: start },
      { state: "RUNNING", date: start + 1 },
      { state: ended, date: start + 390 },
    ],
    attempts: [
      {
        state: ended,
        history: [
          { state: "CREATED", date: start + 1 },
          { state: "RUNNING", date: start + 1 },
          { state: ended, date: start + 390 },
        ],
      },
    ],
    ...(taskId === "transform" && { outputs: { value: 4711 } }),
  };
}

/** Five lines; the last one of a task run that failed is an error. */
function logBatch(run: TaskRunRow, { flowId }: ExecutionRow): Omit<LogBatch, "tenant" | "namespace" | "flowId"> {
  const time = run.history[2]!.date;
  const texts = [`begins with ${flowId}`, "reads 500 rows", "reads 500 more", "writes 1000 rows", `${run.taskId} ends`];
  return {
    taskRunId: run.id,
    taskId: run.taskId,
    taskRunIndex: run.index,
    attempt: 0,
    lines: texts.map((message, position) => ({
      time: time + position * 60,
      level: position === 4 && run.state === "FAILED" ? "ERROR" : position === 2 ? "DEBUG" : "INFO",
      message,
    })),
  };
}
