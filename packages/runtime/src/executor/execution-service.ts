import {
  changedRows,
  isPausable,
  isTerminal,
  replayRows,
  restartRows,
  restoreLive,
  scopeFor,
  type ExecutionRow,
  type LiveExecution,
  type Rewound,
} from "@capstan/engine";
import { compile, settle, type Environment } from "@capstan/expression";
import type { Store } from "@capstan/store";
import type { Storage } from "@capstan/storage";
import type { Clock } from "../clock.ts";
import { RequestError, type ExecutionService, type ExecutionWithRuns } from "../services.ts";
import { flowKeyOf, type Creation } from "./creation.ts";
import type { Executor } from "./executor.ts";
import type { FlowRegistry } from "./flows.ts";
import type { Followers } from "./followers.ts";
import type { Slots } from "./slots.ts";
import { createWatching, storedExecution } from "./watching.ts";

export interface ExecutionServiceParts {
  readonly store: Store;
  readonly storage: Storage;
  readonly executor: Executor;
  readonly flows: FlowRegistry;
  readonly followers: Followers;
  readonly creation: Creation;
  readonly slots: Slots;
  readonly clock: Clock;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly newId: () => string;
  readonly environment: (execution: LiveExecution) => Environment;
  readonly deleteFiles: (row: ExecutionRow) => Promise<void>;
}

/** What people and clients do with executions. Every answer is durable. */
export function createExecutionService(parts: ExecutionServiceParts): ExecutionService {
  const { store, executor, creation, clock, newId } = parts;
  const act = actions(parts);
  return {
    newId,
    create: async (request) => {
      // Whoever asks can ask again; what is taken while nothing can be written would only fill the memory.
      if (executor.stalled !== undefined) throw executor.stalled;
      return creation.create({ ...request, id: request.id ?? newId() });
    },
    get: (tenant, id) => storedExecution(store, tenant, id),
    search: (filter, page) => store.executions.search(filter, page),
    checkInputs: (request) => creation.checkInputs({ ...request, id: request.id ?? newId() }),
    checkResumeInputs: async (tenant, id, inputs) => {
      const execution = executor.get({ tenant, id });
      if (execution?.state === "PAUSED") return creation.checkResumeInputs(execution, inputs);
      const { row } = await required(store, tenant, id);
      throw notPaused(row);
    },
    ...createWatching(parts),
    ...act,
    setLabels: async (tenant, id, labels) => {
      const { row } = await required(store, tenant, id);
      const reserved = labels.find(({ key }) => key.startsWith("system."));
      if (reserved !== undefined)
        throw new RequestError(
          "label-reserved",
          422,
          `the label ${reserved.key} is reserved: choose a key without system.`,
        );
      if (!isTerminal(row.state))
        throw new RequestError(
          "execution-not-ended",
          409,
          `the execution ${id} is ${row.state}: labels can be set once it has ended`,
        );
      const kept = row.labels.filter(({ key }) => key.startsWith("system."));
      return write(store, { ...row, labels: [...kept, ...labels] });
    },
    changeStatus: async (tenant, id, state) => {
      const { row } = await required(store, tenant, id);
      if (!isTerminal(row.state) || !isTerminal(state))
        throw new RequestError(
          "state-not-terminal",
          409,
          `a change from ${row.state} to ${state} is not one between terminal states`,
        );
      return write(store, { ...row, state, history: [...row.history, { state, date: clock.now() }] });
    },
    delete: async (tenant, id, { logs, metrics, storage }) => {
      const found = await storedExecution(store, tenant, id);
      if (found === undefined) return false;
      if (executor.get({ tenant, id }) !== undefined)
        throw new RequestError("execution-running", 409, `the execution ${id} is ${found.row.state}: kill it first`);
      await store.commit({ removedExecutions: [{ tenant, id, logs, metrics }] });
      if (storage) await parts.deleteFiles(found.row);
      return true;
    },
    evaluate: async (tenant, id, taskRunId, expression) => {
      const { row, taskRuns } = await required(store, tenant, id);
      const { plan } = await parts.flows.compiled(
        { tenant, namespace: row.namespace, id: row.flowId },
        row.flowRevision,
      );
      const execution = restoreLive(plan, row, taskRuns);
      const run = [...execution.runs.values()].find((candidate) => candidate.id === taskRunId);
      if (run === undefined && taskRunId !== undefined) throw taskRunNotFound(taskRunId);
      return settle(parts.environment(execution), (environment) =>
        compile(expression).render(scopeFor(execution, run, parts.globals), environment),
      );
    },
  };
}

type Actions = Pick<
  ExecutionService,
  "kill" | "pause" | "resume" | "forceRun" | "unqueue" | "restart" | "replay" | "changeTaskRunState"
>;

function actions(parts: ExecutionServiceParts): Actions {
  const { store, executor, flows, creation, clock, newId } = parts;
  const send = async (tenant: string, id: string, event: Parameters<Executor["send"]>[1], verb: string) => {
    if (!executor.send({ tenant, id }, event)) {
      const { row } = await required(store, tenant, id);
      throw new RequestError("execution-ended", 409, `the execution ${id} is ${row.state}: it can't be ${verb}`);
    }
    await executor.idle();
  };
  const current = async (tenant: string, id: string) => (await required(store, tenant, id)).row;
  const planOf = async (row: ExecutionRow, revision?: number) =>
    (
      await flows.compiled(
        { tenant: row.tenant, namespace: row.namespace, id: row.flowId },
        revision ?? row.flowRevision,
      )
    ).plan;
  const goOn = async (tenant: string, rewound: Rewound): Promise<ExecutionRow> => {
    const executionId = rewound.row.id;
    const plan = await planOf(rewound.row);
    await store.commit({
      executions: [rewound.row],
      taskRuns: rewound.taskRuns.map((row) => ({ tenant, executionId, row })),
      removedTaskRuns: rewound.removed.map((index) => ({ tenant, executionId, index })),
    });
    creation.adoptRestored(restoreLive(plan, rewound.row, rewound.taskRuns));
    return rewound.row;
  };
  return {
    kill: (tenant, id, { cascade = true } = {}) => send(tenant, id, { type: "kill", cascade }, "killed"),
    pause: async (tenant, id) => {
      const execution = executor.get({ tenant, id });
      if (execution !== undefined && !isPausable(execution)) {
        const message = `the execution ${id} is ${execution.state}: only one that runs can be paused`;
        throw new RequestError("execution-not-running", 409, message);
      }
      await send(tenant, id, { type: "pause" }, "paused");
    },
    resume: async (tenant, id, inputs) => {
      const execution = executor.get({ tenant, id });
      if (execution === undefined || execution.state !== "PAUSED") {
        throw notPaused((await required(store, tenant, id)).row);
      }
      const resolved = await creation.resumeInputs(execution, inputs ?? {});
      await send(tenant, id, { type: "resume", inputs: resolved }, "resumed");
    },
    forceRun: async (tenant, id) => {
      const execution = executor.get({ tenant, id });
      // It counts like the others although the limit is reached, so that nobody else starts in its stead.
      if (execution?.state === "QUEUED" || execution?.state === "CREATED") parts.slots.force(flowKeyOf(execution), id);
      await send(tenant, id, { type: "dequeue", state: "RUNNING" }, "forced to run");
      return current(tenant, id);
    },
    unqueue: async (tenant, id, state) => {
      await send(tenant, id, { type: "dequeue", state }, "taken from the queue");
      return current(tenant, id);
    },
    restart: async (tenant, id, options = {}) => {
      const { row, taskRuns } = await ended(parts, tenant, id);
      const plan = await planOf(row, options.revision);
      const revised = options.revision === undefined ? row : { ...row, flowRevision: options.revision };
      return goOn(tenant, restartRows(plan, revised, taskRuns, clock.now(), options.callerAttempt));
    },
    replay: async (tenant, id, options = {}) => {
      const { row, taskRuns } = await ended(parts, tenant, id);
      const revision = options.revision ?? row.flowRevision;
      if (options.taskRunId === undefined) return creation.replayWhole(row, revision, options.inputs);
      const target = taskRuns.find((run) => run.id === options.taskRunId);
      if (target === undefined) throw taskRunNotFound(options.taskRunId);
      const plan = await planOf(row, revision);
      const revised = { ...row, flowRevision: revision };
      return goOn(tenant, replayRows(plan, revised, taskRuns, target, { id: newId(), now: clock.now(), newId }));
    },
    changeTaskRunState: async (tenant, id, taskRunId, state) => {
      const { row, taskRuns } = await ended(parts, tenant, id);
      const target = taskRuns.find((run) => run.id === taskRunId);
      if (target === undefined) throw taskRunNotFound(taskRunId);
      const plan = await planOf(row);
      return goOn(tenant, changedRows(plan, row, taskRuns, { target, state, now: clock.now() }));
    },
  };
}

/** An execution that nothing drives any more. */
async function ended({ store, executor }: ExecutionServiceParts, tenant: string, id: string) {
  const found = await required(store, tenant, id);
  if (executor.get({ tenant, id }) !== undefined)
    throw new RequestError(
      "execution-running",
      409,
      `the execution ${id} is ${found.row.state}: wait for its end or kill it`,
    );
  return found;
}

async function required(store: Store, tenant: string, id: string): Promise<ExecutionWithRuns> {
  const found = await storedExecution(store, tenant, id);
  if (found === undefined) throw new RequestError("execution-not-found", 404, `there is no execution ${id}`);
  return found;
}

async function write(store: Store, row: ExecutionRow): Promise<ExecutionRow> {
  await store.commit({ executions: [row] });
  return row;
}

function notPaused({ id, state }: ExecutionRow): RequestError {
  return new RequestError("execution-not-paused", 409, `the execution ${id} is ${state}, not PAUSED`);
}

function taskRunNotFound(taskRunId: string): RequestError {
  return new RequestError("task-run-not-found", 404, `there is no task run ${taskRunId} in this execution`);
}
