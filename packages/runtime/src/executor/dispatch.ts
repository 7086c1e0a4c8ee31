import {
  attemptAtWork,
  indexFor,
  isTerminal,
  TurnoverMap,
  type Effect,
  type Event,
  type LiveExecution,
  type LiveRun,
} from "@capstan/engine";
import type { Environment } from "@capstan/expression";
import type { Services } from "@capstan/sdk";
import type { Storage } from "@capstan/storage";
import type { Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { Job, JobHost, Worker } from "../worker/worker.ts";
import { createTaskGate, type TaskGate } from "../flow-control/task-gate.ts";
import type { TaskLimit } from "../flow-control/rules.ts";
import { createChildren } from "./children.ts";
import type { Creation } from "./creation.ts";
import { readLines, storeFiles } from "./effect-files.ts";
import type { Executor } from "./executor.ts";
import type { Insist } from "./insist.ts";
import { jobFor, jobKey, plain } from "./job.ts";

export interface DispatchParts {
  readonly store: Store;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly executor: () => Executor;
  readonly creation: () => Creation;
  readonly worker: () => Worker;
  /** How many tasks of a type may run at once. */
  readonly taskLimits: readonly TaskLimit[];
  readonly services: (tenant: string) => Services;
  readonly environment: (execution: LiveExecution) => Environment;
  /** Asks the store until it answers, as long as the process lives. */
  readonly insist: Insist;
  /** Lets an execution go on that failed, for an attempt of the task run that waits for it. */
  readonly restart: (tenant: string, executionId: string, callerAttempt: number) => Promise<unknown>;
  /** An execution as the store has it. */
  readonly restore: (tenant: string, executionId: string) => Promise<LiveExecution | undefined>;
  /** Retry with a new execution: goes on from a task run of this one. */
  readonly retryFrom: (execution: LiveExecution, taskRun: number, at: number) => Promise<void>;
}

export interface Dispatch {
  /** Lets an effect out that is durable. */
  readonly release: (execution: LiveExecution, effect: Effect) => void;
  /** The end of an execution is durable: tells the task run that waits for it, when it is in memory. */
  readonly ended: (execution: LiveExecution) => void;
  /** Triggers are none of its business. */
  readonly host: Omit<JobHost, "triggerLog">;
  /** What the job of a task run waits for before a worker gets it. */
  readonly standing: (execution: LiveExecution, run: LiveRun, attempt: number) => ReturnType<TaskGate["standing"]>;
  readonly queues: TaskGate["states"];
}

/** A job speaks to the execution that gave it out, as long as that lives. */
interface RunningJob {
  readonly execution: LiveExecution;
  readonly run: number;
  readonly job: Job;
}

/** Carries effects to workers and to other executions, and their answers back. */
export function createDispatch(parts: DispatchParts): Dispatch {
  const jobs = new TurnoverMap<string, RunningJob>();
  const gate = createTaskGate({
    limits: parts.taskLimits,
    worker: parts.worker,
    refused: ({ key }, message) => host.ended(key, { state: "FAILED", error: { message } }),
    now: parts.clock.now,
  });
  const host = hostFor(parts, jobs, gate.ended);
  const children = createChildren(parts);

  const startJob = (execution: LiveExecution, effect: Extract<Effect, { type: "run-task" }>) => {
    const { run } = effect;
    // Something else of the same commit has ended it, or wants it to end.
    if (isTerminal(run.state)) return;
    if (run.state === "KILLING") {
      parts.executor().send(execution, { type: "task-ended", run: run.index, outcome: { state: "KILLED" } });
      return;
    }
    const job = jobFor(execution, effect.run, effect.attempt, parts.globals);
    jobs.set(job.key, { execution, run: effect.run.index, job });
    gate.submit(job, parts.environment(execution));
  };
  const killJob = (key: string) => {
    if (gate.withdraw(key)) host.ended(key, { state: "KILLED" });
    else parts.worker().kill(key);
  };

  const inBackground = (work: Promise<void>, what: string) => {
    void work.catch((error: unknown) => {
      // What a stop has cut short is done by the next process.
      if (!parts.executor().isStopped) parts.logger.error({ err: error }, what);
    });
  };

  return {
    release: (execution, effect) => {
      switch (effect.type) {
        case "run-task":
          return startJob(execution, effect);
        case "kill-task":
          return killJob(jobKey(execution, effect.run, effect.attempt));
        case "create-child":
          // Something else of the same commit has ended the task run: an SLA, say, or a kill.
          if (isTerminal(effect.request.run.state)) return undefined;
          return inBackground(children.create(execution, effect.request), "a child execution can't be created");
        case "kill-child":
          return inBackground(children.kill(execution, effect.executionId), "a child execution can't be killed");
        case "find-child":
          return inBackground(children.find(execution, effect), "a child execution can't be found");
        case "read-lines":
          return inBackground(readLines(parts, execution, effect), "the batches of a ForEachItem can't be read");
        case "store-files":
          return inBackground(storeFiles(parts, execution, effect), "the outputs of a Loop can't be stored");
        case "replay":
          return inBackground(
            parts.retryFrom(execution, effect.run.index, effect.at),
            "a retry with a new execution failed",
          );
        default:
          return undefined;
      }
    },
    ended: children.ended,
    host,
    standing: (execution, run, attempt) => gate.standing(jobKey(execution, run, attempt)),
    queues: gate.states,
  };
}

function hostFor(
  parts: DispatchParts,
  jobs: TurnoverMap<string, RunningJob>,
  ended: (key: string) => void,
): Dispatch["host"] {
  const withJob = (key: string, action: (running: RunningJob, execution: LiveExecution) => void) => {
    const running = jobs.get(key);
    if (running === undefined) return;
    const { execution } = running;
    if (parts.executor().get(execution) === execution) action(running, execution);
  };
  /** Passes on what a job says of its attempt, unless that was given up: a restart may have begun another one. */
  const tell = (key: string, eventFor: (run: number) => Event) =>
    withJob(key, ({ run, job: { identity } }, execution) => {
      const live = execution.runs.get(run);
      if (live?.id === identity.taskRunId && attemptAtWork(live) === identity.attempt)
        parts.executor().send(execution, eventFor(run));
    });
  return {
    started: (key, at) => tell(key, (run) => ({ type: "task-started", run, at })),
    childEnded: (key, { taskId, taskRunId, startedAt, ...outcome }) =>
      tell(key, (run) => ({
        type: "group-child-ended",
        run,
        taskId,
        startedAt,
        outcome,
        ...(taskRunId === undefined ? {} : { taskRunId }),
      })),
    log: (key, taskId, lines, settled) => {
      let isTaken = false;
      withJob(key, ({ run }, execution) => {
        const { unit } = parts.executor();
        unit.log(execution, sourceOf(execution, run, taskId), lines);
        if (settled !== undefined) unit.whenDurable(execution, settled);
        isTaken = true;
      });
      if (!isTaken) settled?.();
    },
    metrics: (key, taskId, metrics) =>
      withJob(key, ({ run }, execution) =>
        parts.executor().unit.metrics(execution, sourceOf(execution, run, taskId), metrics, parts.clock.now()),
      ),
    ended: (key, outcome) => {
      tell(key, (run) => ({ type: "task-ended", run, outcome }));
      jobs.delete(key);
      ended(key);
    },
    lookup: async (key, [root, name]) => {
      let value: unknown;
      withJob(key, ({ run }, execution) => {
        const { outputs, tasks } = indexFor(execution, execution.runs.get(run));
        if (root === "outputs" && name !== undefined) value = outputs.get(name);
        else if (root === "outputs") value = [...outputs.keys()];
        else if (root === "tasks") value = tasks;
      });
      return value === undefined ? undefined : plain(value);
    },
    services: (tenant) => parts.services(tenant),
  };
}

function sourceOf(execution: LiveExecution, run: number, taskId: string) {
  const live = execution.runs.get(run);
  return { taskId, ...(live === undefined ? {} : { run: live }) };
}
