import type {
  AddedStartRow,
  CommitUnit,
  ExecutionRow,
  FlowRow,
  LogBatch,
  LogLine,
  MetricRow,
  Store,
  TaskRunRow,
  TaskRunWrite,
  TriggerRow,
} from "../store.ts";

/** A store under test. */
export interface StoreFixture {
  readonly store: Store;
  /** Stops the store and opens another one with what it left behind. */
  readonly reopen: () => Promise<Store>;
}

/** A fresh, started store for one test; cleans up when the test ends. */
export type Setup = () => Promise<StoreFixture>;

export const TENANT = "main";
/** Any whole number of milliseconds will do as the beginning of time. */
export const T0 = 1_700_000_000_000;

type Changes<Row> = Partial<Row>;

/** An execution that runs since T0, or ends 500 ms after its start when `state` says so. */
export function execution(id: string, changes: Changes<ExecutionRow> & { readonly start?: number } = {}): ExecutionRow {
  const { start = T0, state = "RUNNING", ...rest } = changes;
  return {
    tenant: TENANT,
    id,
    namespace: "company.team",
    flowId: "hello",
    flowRevision: 1,
    state,
    history: [
      { state: "CREATED", date: start },
      { state, date: start + 500 },
    ],
    kind: "NORMAL",
    labels: [],
    inputs: { name: "Ada", list: [1, 2.5, null, true] },
    variables: {},
    originalId: id,
    attemptNumber: 1,
    createdAt: start,
    ...rest,
  };
}

export function taskRun(executionId: string, index: number, changes: Changes<TaskRunRow> = {}): TaskRunWrite {
  const row: TaskRunRow = {
    index,
    id: `${executionId}-${index}`,
    taskId: `task-${index}`,
    state: "RUNNING",
    history: [{ state: "RUNNING", date: T0 }],
    attempts: [{ state: "RUNNING", history: [{ state: "RUNNING", date: T0 }] }],
    ...changes,
  };
  return { tenant: TENANT, executionId, row };
}

export function addedStart(executionId: string, number: number, changes: Changes<AddedStartRow["item"]> = {}) {
  const item = { id: `${executionId}-${number}`, date: T0 + number, inputs: { number }, ...changes };
  return { tenant: TENANT, executionId, number, item } satisfies AddedStartRow;
}

export function logBatch(changes: Changes<LogBatch> & { readonly lines: readonly LogLine[] }): LogBatch {
  return { tenant: TENANT, namespace: "company.team", flowId: "hello", ...changes };
}

export function line(time: number, message: string, level: LogLine["level"] = "INFO"): LogLine {
  return { time: T0 + time, level, message };
}

export function metric(name: string, changes: Changes<MetricRow> = {}): MetricRow {
  return {
    tenant: TENANT,
    namespace: "company.team",
    flowId: "hello",
    executionId: "e1",
    taskId: "task",
    taskRunId: "run",
    name,
    type: "counter",
    value: 1.5,
    tags: { unit: "rows" },
    time: T0,
    ...changes,
  };
}

export function flow(id: string, changes: Changes<FlowRow> = {}): FlowRow {
  const { namespace = "company.team", revision = 1 } = changes;
  return {
    tenant: TENANT,
    namespace,
    id,
    revision,
    source: `id: ${id}\nnamespace: ${namespace}\n# revision ${revision}\n`,
    deleted: false,
    disabled: false,
    labels: {},
    triggers: [],
    updatedAt: T0,
    ...changes,
  };
}

export function trigger(triggerId: string, changes: Changes<TriggerRow> = {}): TriggerRow {
  return {
    tenant: TENANT,
    namespace: "company.team",
    flowId: "hello",
    triggerId,
    type: "io.kestra.plugin.core.trigger.Schedule",
    disabled: false,
    updatedAt: T0,
    ...changes,
  };
}

/** The first hundred of a list, in its own order. */
export const FIRST_PAGE = { offset: 0, limit: 100 } as const;

export function commitAll(store: Store, units: readonly CommitUnit[]): Promise<PromiseSettledResult<void>[]> {
  return Promise.allSettled(units.map((unit) => store.commit(unit)));
}
