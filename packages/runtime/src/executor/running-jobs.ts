import { attemptAtWork, TurnoverMap, type Event, type LiveExecution, type WorkerTarget } from "@capstan/engine";
import type { TaskIdentity } from "@capstan/sdk";
import type { Job } from "../worker/worker.ts";
import type { Companion, Executor } from "./executor.ts";
import type { UnitBuilder } from "./unit.ts";

/** A job speaks to the execution that gave it out, as long as that lives. */
export interface RunningJob {
  readonly execution: LiveExecution;
  readonly run: number;
  readonly identity: TaskIdentity;
  /** Absent of one that a worker of another process has had since before this one began. */
  readonly job?: Job;
  /** Which workers it is for, while nobody was chosen. */
  readonly target?: WorkerTarget | undefined;
  /** A group told of children, which must not be told twice. */
  hasChildren: boolean;
}

type Settled = (() => void) | undefined;

/** The jobs that are given out, and how what is said of them gets to their executions. */
export interface RunningJobs {
  get(key: string): RunningJob | undefined;
  set(key: string, job: RunningJob): void;
  delete(key: string): void;
  /** Does something with a job whose execution lives; answers whether it does. */
  readonly withJob: (key: string, action: (running: RunningJob) => void) => boolean;
  /**
   * Passes on what a job says of its attempt, unless that was given up: a restart may have begun another one. Answers whether
   * anybody is told.
   */
  readonly tell: (key: string, eventFor: (run: number) => Event, companion?: Companion) => boolean;
  /** The same; `settled` is called once it is durable, or will never count. */
  readonly tellDurably: (key: string, eventFor: (run: number) => Event, settled: Settled) => void;
  /** Adds what a job says to the next commit; `settled` as above. */
  readonly speak: (key: string, settled: Settled, say: (unit: UnitBuilder, running: RunningJob) => void) => void;
}

export function createRunningJobs(executor: () => Executor): RunningJobs {
  const jobs = new TurnoverMap<string, RunningJob>();
  const withJob: RunningJobs["withJob"] = (key, action) => {
    const running = jobs.get(key);
    if (running === undefined || executor().get(running.execution) !== running.execution) return false;
    action(running);
    return true;
  };
  const tell: RunningJobs["tell"] = (key, eventFor, companion) => {
    let isTold = false;
    withJob(key, ({ run, identity, execution }) => {
      const live = execution.runs.get(run);
      if (live?.id !== identity.taskRunId || attemptAtWork(live) !== identity.attempt) return;
      isTold = executor().send(execution, eventFor(run), companion);
    });
    return isTold;
  };
  return {
    get: (key) => jobs.get(key),
    set: (key, job) => jobs.set(key, job),
    delete: (key) => void jobs.delete(key),
    withJob,
    tell,
    tellDurably: (key, eventFor, settled) => {
      const execution = jobs.get(key)?.execution;
      const companion = settled && execution && settling(execution, settled);
      if (!tell(key, eventFor, companion)) settled?.();
    },
    speak: (key, settled, say) => {
      const isTaken = withJob(key, (running) => {
        const { unit } = executor();
        say(unit, running);
        if (settled !== undefined) settling(running.execution, settled).add(unit);
      });
      if (!isTaken) settled?.();
    },
  };
}

/** Tells when what goes with an event is durable, or never will be. */
function settling(execution: LiveExecution, settled: () => void): Companion {
  const add = (unit: UnitBuilder) => {
    unit.whenDurable(execution, settled);
    unit.whenRefused(execution, settled);
  };
  return { add, refused: settled };
}
