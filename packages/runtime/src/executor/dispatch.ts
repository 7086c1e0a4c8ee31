import { isTerminal, type Effect, type LiveExecution, type LiveRun } from "@capstan/engine";
import type { Environment } from "@capstan/expression";
import type { Services } from "@capstan/sdk";
import type { Storage } from "@capstan/storage";
import type { Store } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { Crew, CrewHost } from "../worker/remote/crew.ts";
import type { Worker } from "../worker/worker.ts";
import type { TaskLimit } from "../flow-control/rules.ts";
import { createTaskGate, type TaskGate } from "../flow-control/task-gate.ts";
import { createChildren } from "./children.ts";
import type { Creation } from "./creation.ts";
import { readLines, storeFiles } from "./effect-files.ts";
import type { Executor } from "./executor.ts";
import type { Insist } from "./insist.ts";
import { jobKey } from "./job.ts";
import { createJobHost } from "./job-host.ts";
import { createJobPlacement, type JobPlacement } from "./job-placement.ts";
import { createRunningJobs } from "./running-jobs.ts";

export interface DispatchParts {
  readonly store: Store;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly executor: () => Executor;
  readonly creation: () => Creation;
  readonly worker: () => Worker;
  /** Workers of other processes, where there may be any. */
  readonly crew: () => Crew | undefined;
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

export interface Dispatch extends Pick<JobPlacement, "place" | "forgo"> {
  /** Lets an effect out that is durable. */
  readonly release: (execution: LiveExecution, effect: Effect) => void;
  /** The end of an execution is durable: tells the task run that waits for it, when it is in memory. */
  readonly ended: (execution: LiveExecution) => void;
  /** Triggers are none of its business. */
  readonly host: Omit<CrewHost, "triggerLog">;
  /** What the job of a task run waits for before a worker gets it. */
  readonly standing: (execution: LiveExecution, run: LiveRun, attempt: number) => ReturnType<TaskGate["standing"]>;
  readonly queues: TaskGate["states"];
}

/** Carries effects to workers and to other executions, and their answers back. */
export function createDispatch(parts: DispatchParts): Dispatch {
  const jobs = createRunningJobs(parts.executor);
  const children = createChildren(parts);
  const gate = createTaskGate({
    limits: parts.taskLimits,
    submit: (job) => placement.send(job),
    refused: ({ key }, message) => host.ended(key, { state: "FAILED", error: { message } }),
    now: parts.clock.now,
  });
  const host = createJobHost(parts, jobs, gate);
  const placement = createJobPlacement({ ...parts, gate, host }, jobs);

  const inBackground = (work: Promise<void>, what: string) => {
    void work.catch((error: unknown) => {
      // What a stop has cut short is done by the next process.
      if (!parts.executor().isStopped) parts.logger.error({ err: error }, what);
    });
  };

  return {
    place: placement.place,
    forgo: placement.forgo,
    release: (execution, effect) => {
      switch (effect.type) {
        case "hand-over":
          return placement.handOver(execution, effect);
        case "expect-worker":
          return placement.expect(execution, effect);
        case "kill-task":
          return placement.kill(jobKey(execution, effect.run, effect.attempt));
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
