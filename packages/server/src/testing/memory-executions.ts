import { isTerminal, type JsonMap } from "@capstan/model";
import {
  type Acting,
  type CreateExecution,
  createExplanations,
  type ExecutionService,
  type FlowService,
  type HeldKey,
  RequestError,
} from "@capstan/runtime";
import type { ExecutionRow, Store, TaskRunRow } from "@capstan/store";
import type { ExecutionTable } from "./execution-table.ts";
import { requestError } from "./request-error.ts";

export interface MemoryExecutionParts {
  readonly table: ExecutionTable;
  readonly flows: FlowService;
  readonly store: Store;
  readonly now: () => number;
}

/** Executions that stay RUNNING with one task run until a test, or a call, changes them. */
export function createMemoryExecutions(parts: MemoryExecutionParts): ExecutionService {
  const { table, store } = parts;
  return {
    newId: table.newId,
    create: (request) => create(parts, request),
    get: async (_tenant, id) => table.known.get(id),
    search: (filter, page) => store.executions.search(filter, page),
    ended: (_tenant, id) =>
      new Promise((resolve) => {
        table.follow(id, (event) => {
          if (event.last) resolve(event);
        });
      }),
    follow: (_tenant, id, listener) => table.follow(id, listener),
    followLogs: (_tenant, id, listener) => table.followLogs(id, listener),
    delete: async (tenant, id, { logs, metrics }) => {
      await store.commit({ removedExecutions: [{ tenant, id, logs, metrics }] });
      return table.remove(id);
    },
    ...createExplanations({
      store,
      globals: {},
      planOf: () => Promise.reject(new RequestError("flow-not-found", "no flow is compiled here")),
      standing: (_tenant, id) => table.standings.get(id),
      batchOf: () => undefined,
      jobStanding: () => undefined,
    }),
    purge: async () => ({ executions: 0, logLines: 0, metrics: 0, files: 0 }),
    ...actions(parts),
    ...checks(parts),
  };
}

async function create(
  { table, flows, store, now }: MemoryExecutionParts,
  request: CreateExecution,
): Promise<ExecutionRow> {
  const { tenant, namespace, flowId, revision, inputs = {}, trigger, scheduleDate } = request;
  const { row: flow } = await flows.checked({ tenant, namespace, id: flowId }, revision);
  if (flow.disabled) throw requestError("flow-disabled", "the flow is disabled");
  if (inputs["count"] === "many") throw requestError("inputs-invalid", "count is not a number");
  const id = request.id ?? table.newId();
  const row: ExecutionRow = {
    tenant,
    id,
    namespace,
    flowId,
    flowRevision: flow.revision,
    state: "RUNNING",
    history: [
      { state: "CREATED", date: now() },
      { state: "RUNNING", date: now() },
    ],
    kind: request.kind ?? "NORMAL",
    labels: request.labels ?? [],
    inputs: { ...inputs } as ExecutionRow["inputs"],
    variables: {},
    originalId: id,
    attemptNumber: 1,
    createdAt: now(),
    ...(request.by !== undefined && { notes: [{ at: now(), code: "created", by: request.by }] }),
    ...(trigger !== undefined && { trigger }),
    ...(scheduleDate !== undefined && { scheduleDate }),
  };
  table.keep({ row, taskRuns: [taskRunOf(id, now())] });
  await keepKey(store, request.requestKey, id);
  return row;
}

function keepKey(store: Store, requestKey: HeldKey | undefined, executionId: string): Promise<void> | undefined {
  return requestKey && store.commit({ idempotencyKeys: [requestKey.row({ executionId })] });
}

function taskRunOf(id: string, date: number): TaskRunRow {
  const history = [{ state: "RUNNING", date } as const];
  return {
    index: 0,
    id: `${id}-run`,
    taskId: "hello",
    state: "RUNNING",
    history,
    outputs: { value: 1 },
    attempts: [{ state: "RUNNING", history }],
  };
}

type Action = Extract<NonNullable<ExecutionRow["notes"]>[number], { readonly by?: string }>["code"];
type Actions = Pick<
  ExecutionService,
  | "kill"
  | "pause"
  | "resume"
  | "review"
  | "forceRun"
  | "unqueue"
  | "restart"
  | "replay"
  | "changeStatus"
  | "changeTaskRunState"
  | "setLabels"
>;

function actions({ table, store, now }: MemoryExecutionParts): Actions {
  const { change, keep, newId, required } = table;
  const acted = (code: Action, { by }: Acting = {}) => ({
    notes: [{ at: now(), code, ...(by === undefined ? {} : { by }) }],
  });
  const move = async (id: string, from: ExecutionRow["state"], to: Partial<ExecutionRow>) => {
    const { state } = required(id).row;
    if (state !== from) throw requestError("execution-not-running", `the execution is ${state}`);
    return change(id, to);
  };
  return {
    kill: async (_tenant, id, acting) => {
      if (isTerminal(required(id).row.state)) throw requestError("execution-ended", "it has ended");
      change(id, { state: "KILLED", ...acted("killed", acting) });
    },
    pause: async (_tenant, id, acting) =>
      void (await move(id, "RUNNING", { state: "PAUSED", ...acted("paused", acting) })),
    resume: async (_tenant, id, inputs = {}, acting) => {
      await move(id, "PAUSED", { state: "RUNNING", ...acted("resumed", acting) });
      change(id, { variables: { resumedWith: { ...inputs } as ExecutionRow["inputs"] } });
    },
    review: async (_tenant, id, { inputs, ...review }) => {
      await move(id, "PAUSED", { state: "RUNNING" });
      change(id, { variables: { reviewedWith: { ...review, inputs } as unknown as JsonMap } });
    },
    forceRun: async (_tenant, id, acting) => change(id, { state: "RUNNING", ...acted("forced", acting) }),
    unqueue: (_tenant, id, state, acting) => move(id, "QUEUED", { state, ...acted("unqueued", acting) }),
    restart: async (_tenant, id, { requestKey, by } = {}) => {
      const row = await move(id, "FAILED", { state: "RESTARTED", ...acted("restarted", { by }) });
      await keepKey(store, requestKey, id);
      return { row, taskRuns: required(id).taskRuns };
    },
    replay: async (_tenant, id, { inputs, by, requestKey } = {}) => {
      const { row, taskRuns } = required(id);
      const given = { ...row.inputs, ...inputs } as ExecutionRow["inputs"];
      const replayed = { id: newId(), originalId: id, replayOf: id, inputs: given, ...acted("replayed", { by }) };
      const copy = { row: { ...row, ...replayed }, taskRuns };
      keep(copy);
      await keepKey(store, requestKey, copy.row.id);
      return copy;
    },
    changeStatus: async (_tenant, id, state, acting) => change(id, { state, ...acted("state-changed", acting) }),
    changeTaskRunState: async (_tenant, id, _taskRunId, _state, acting) => ({
      row: change(id, { state: "RESTARTED", ...acted("state-changed", acting) }),
      taskRuns: required(id).taskRuns,
    }),
    setLabels: async (_tenant, id, labels, acting) => change(id, { labels, ...acted("labelled", acting) }),
  };
}

type Checks = Pick<ExecutionService, "checkInputs" | "checkResumeInputs" | "checkReviewInputs" | "evaluate">;

function checks({ flows, table }: MemoryExecutionParts): Checks {
  const checkPaused = async (_tenant: string, id: string) => {
    if (table.required(id).row.state !== "PAUSED") throw requestError("execution-not-paused", "it is not paused");
    return { inputs: [], failedChecks: [] };
  };
  return {
    checkInputs: async ({ tenant, namespace, flowId, inputs = {} }) => {
      const { checked } = await flows.checked({ tenant, namespace, id: flowId });
      return {
        inputs: (checked.flow?.inputs ?? []).map((input) => ({
          input,
          ...(inputs[input.id] !== undefined && { value: String(inputs[input.id]) }),
          enabled: true,
          isDefault: false,
          problems: inputs[input.id] === undefined && input.required ? [`${input.id} is missing`] : [],
        })),
        failedChecks: [],
      };
    },
    checkResumeInputs: checkPaused,
    checkReviewInputs: checkPaused,
    evaluate: async (_tenant, _id, _run, expression) => {
      if (expression.includes("broken")) throw new Error("the expression is broken");
      return `rendered ${expression}`;
    },
  };
}
