import { isTerminal, type JsonMap } from "@capstan/model";
import {
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
      planOf: () => Promise.reject(new RequestError("flow-not-found", "no flow is compiled here")),
      standing: (_tenant, id) => table.standings.get(id),
    }),
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

function actions({ table: { change, keep, newId, required }, store }: MemoryExecutionParts): Actions {
  const move = async (id: string, from: ExecutionRow["state"], to: ExecutionRow["state"]) => {
    const { state } = required(id).row;
    if (state !== from) throw requestError("execution-not-running", `the execution is ${state}`);
    return change(id, { state: to });
  };
  return {
    kill: async (_tenant, id) => {
      if (isTerminal(required(id).row.state)) throw requestError("execution-ended", "it has ended");
      change(id, { state: "KILLED" });
    },
    pause: async (_tenant, id) => void (await move(id, "RUNNING", "PAUSED")),
    resume: async (_tenant, id, inputs = {}) => {
      await move(id, "PAUSED", "RUNNING");
      change(id, { variables: { resumedWith: { ...inputs } as ExecutionRow["inputs"] } });
    },
    review: async (_tenant, id, { inputs, ...review }) => {
      await move(id, "PAUSED", "RUNNING");
      change(id, { variables: { reviewedWith: { ...review, inputs } as unknown as JsonMap } });
    },
    forceRun: async (_tenant, id) => change(id, { state: "RUNNING" }),
    unqueue: (_tenant, id, state) => move(id, "QUEUED", state),
    restart: async (_tenant, id, { requestKey } = {}) => {
      const row = await move(id, "FAILED", "RESTARTED");
      await keepKey(store, requestKey, id);
      return { row, taskRuns: required(id).taskRuns };
    },
    replay: async (_tenant, id, { inputs, requestKey } = {}) => {
      const { row, taskRuns } = required(id);
      const given = { ...row.inputs, ...inputs } as ExecutionRow["inputs"];
      const copy = { row: { ...row, id: newId(), originalId: id, replayOf: id, inputs: given }, taskRuns };
      keep(copy);
      await keepKey(store, requestKey, copy.row.id);
      return copy;
    },
    changeStatus: async (_tenant, id, state) => change(id, { state }),
    changeTaskRunState: async (_tenant, id) => ({
      row: change(id, { state: "RESTARTED" }),
      taskRuns: required(id).taskRuns,
    }),
    setLabels: async (_tenant, id, labels) => change(id, { labels }),
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
