import type { ExecutionService, ExecutionWithRuns, FlowService, FollowEvent } from "@capstan/runtime";
import type { ExecutionRow, LogBatch, Store, TaskRunRow } from "@capstan/store";
import { isTerminal } from "@capstan/model";
import { requestError } from "./request-error.ts";

export interface MemoryExecutions {
  readonly executions: ExecutionService;
  /** Every execution by its id, as it is in the store. */
  readonly known: ReadonlyMap<string, ExecutionWithRuns>;
  readonly change: (id: string, change: Partial<ExecutionRow>) => void;
  /** Stores a batch of log lines and tells those who follow. */
  readonly log: (batch: LogBatch) => void;
}

type Listener = (event: FollowEvent) => void;

/** Executions that stay RUNNING with one task run until a test, or a call, changes them. */
export function createMemoryExecutions(flows: FlowService, store: Store, now: () => number): MemoryExecutions {
  const followers = new Map<string, Set<Listener>>();
  const logFollowers = new Map<string, Set<(batch: LogBatch) => void>>();
  const known = new Map<string, ExecutionWithRuns>();
  let counter = 0;
  const newId = () => `execution0000000000${(counter += 1)}`;
  const required = (id: string) => {
    const found = known.get(id);
    if (found === undefined) throw requestError("execution-not-found", 404, `no execution ${id}`);
    return found;
  };
  const keep = ({ row, taskRuns }: ExecutionWithRuns) => {
    known.set(row.id, { row, taskRuns });
    const { tenant, id: executionId } = row;
    void store.commit({ executions: [row], taskRuns: taskRuns.map((run) => ({ tenant, executionId, row: run })) });
  };
  const eventOf = ({ row, taskRuns }: ExecutionWithRuns) => ({ row, taskRuns, last: isTerminal(row.state) });
  const change = (id: string, edit: Partial<ExecutionRow>): ExecutionRow => {
    const { row, taskRuns } = required(id);
    const history = edit.state === undefined ? row.history : [...row.history, { state: edit.state, date: now() }];
    const changed = { row: { ...row, history, ...edit }, taskRuns };
    keep(changed);
    for (const listener of followers.get(id) ?? []) listener(eventOf(changed));
    return changed.row;
  };
  const follow = (id: string, listener: Listener) => {
    const listeners = followers.get(id) ?? new Set();
    followers.set(id, listeners.add(listener));
    const found = known.get(id);
    if (found !== undefined) queueMicrotask(() => listener(eventOf(found)));
    return { stop: () => void listeners.delete(listener) };
  };
  const move = async (_tenant: string, id: string, from: ExecutionRow["state"], to: ExecutionRow["state"]) => {
    const { state } = required(id).row;
    if (state !== from) throw requestError("execution-state", 409, `the execution is ${state}`);
    return change(id, { state: to });
  };
  const executions: ExecutionService = {
    newId,
    async create({
      tenant,
      namespace,
      flowId,
      revision,
      id = newId(),
      inputs = {},
      labels = [],
      trigger,
      scheduleDate,
      kind = "NORMAL",
    }) {
      const { row: flow } = await flows.checked({ tenant, namespace, id: flowId }, revision);
      if (flow.disabled) throw requestError("flow-disabled", 409, "the flow is disabled");
      if (inputs["count"] === "many") throw requestError("inputs-invalid", 422, "count is not a number");
      const history = [{ state: "CREATED", date: now() } as const, { state: "RUNNING", date: now() } as const];
      const row: ExecutionRow = {
        tenant,
        id,
        namespace,
        flowId,
        flowRevision: flow.revision,
        state: "RUNNING",
        history,
        kind,
        labels,
        inputs: { ...inputs } as ExecutionRow["inputs"],
        variables: {},
        originalId: id,
        attemptNumber: 1,
        createdAt: now(),
        ...(trigger !== undefined && { trigger }),
        ...(scheduleDate !== undefined && { scheduleDate }),
      };
      keep({ row, taskRuns: [taskRunOf(id, now())] });
      return row;
    },
    get: async (_tenant, id) => known.get(id),
    search: (filter, page) => store.executions.search(filter, page),
    ended: (_tenant, id) =>
      new Promise((resolve) => {
        follow(id, (event) => {
          if (event.last) resolve(event);
        });
      }),
    follow: (_tenant, id, listener) => follow(id, listener),
    followLogs(_tenant, id, listener) {
      const listeners = logFollowers.get(id) ?? new Set();
      logFollowers.set(id, listeners.add(listener));
      return { stop: () => void listeners.delete(listener) };
    },
    async kill(_tenant, id) {
      if (!isTerminal(required(id).row.state)) change(id, { state: "KILLED" });
    },
    pause: async (tenant, id) => void (await move(tenant, id, "RUNNING", "PAUSED")),
    resume: async (tenant, id, inputs = {}) => {
      await move(tenant, id, "PAUSED", "RUNNING");
      change(id, { variables: { resumedWith: { ...inputs } as ExecutionRow["inputs"] } });
    },
    forceRun: async (_tenant, id) => change(id, { state: "RUNNING" }),
    unqueue: (tenant, id, state) => move(tenant, id, "QUEUED", state),
    restart: (tenant, id) => move(tenant, id, "FAILED", "RESTARTED"),
    async replay(_tenant, id, { inputs } = {}) {
      const { row, taskRuns } = required(id);
      const copy = {
        ...row,
        id: newId(),
        originalId: id,
        inputs: { ...row.inputs, ...inputs } as ExecutionRow["inputs"],
      };
      keep({ row: copy, taskRuns });
      return copy;
    },
    changeStatus: async (_tenant, id, state) => change(id, { state }),
    changeTaskRunState: async (_tenant, id) => change(id, { state: "RUNNING" }),
    setLabels: async (_tenant, id, labels) => change(id, { labels }),
    delete: async (tenant, id, { logs, metrics }) => {
      await store.commit({ removedExecutions: [{ tenant, id, logs, metrics }] });
      return known.delete(id);
    },
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
    async checkResumeInputs(_tenant, id) {
      if (required(id).row.state !== "PAUSED") throw requestError("execution-not-paused", 409, "it is not paused");
      return { inputs: [], failedChecks: [] };
    },
    evaluate: async (_tenant, _id, _run, expression) => {
      if (expression.includes("broken")) throw new Error("the expression is broken");
      return `rendered ${expression}`;
    },
  };
  const log = (batch: LogBatch) => {
    void store.commit({ logs: [batch] });
    for (const listener of logFollowers.get(batch.executionId ?? "") ?? []) listener(batch);
  };
  return { executions, known, change, log };
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
