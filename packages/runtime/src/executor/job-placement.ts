import { isTerminal, workerOf, type Effect, type LiveExecution } from "@capstan/engine";
import type { Environment } from "@capstan/expression";
import type { TaskGate } from "../flow-control/task-gate.ts";
import type { Crew, CrewHost } from "../worker/remote/crew.ts";
import type { Job, Worker } from "../worker/worker.ts";
import type { Companion, Executor, Placed } from "./executor.ts";
import { identityOf, jobFor, jobKey } from "./job.ts";
import type { RunningJob, RunningJobs } from "./running-jobs.ts";

type RunTask = Extract<Effect, { type: "run-task" }>;
type HandOver = Extract<Effect, { type: "hand-over" }>;
type ExpectWorker = Extract<Effect, { type: "expect-worker" }>;

export interface JobPlacementParts {
  readonly globals: Readonly<Record<string, unknown>>;
  readonly executor: () => Executor;
  readonly worker: () => Worker;
  /** Workers of other processes, where there may be any. */
  readonly crew: () => Crew | undefined;
  readonly environment: (execution: LiveExecution) => Environment;
  readonly gate: Pick<TaskGate, "limits" | "submit" | "withdraw">;
  readonly host: Pick<CrewHost, "assigned" | "ended">;
}

/** Gives jobs to the worker of this process, or to those of others. */
export interface JobPlacement {
  /** Decides within the turn who runs a task. */
  readonly place: (execution: LiveExecution, effect: RunTask) => Placed;
  /** The worker that was chosen is on record: it gets the job. */
  readonly handOver: (execution: LiveExecution, effect: HandOver) => void;
  /** A worker that was chosen will not get the job. */
  readonly forgo: (execution: LiveExecution, effect: HandOver) => void;
  /** A worker of another process may go on with a job that it has. */
  readonly expect: (execution: LiveExecution, effect: ExpectWorker) => void;
  readonly kill: (key: string) => void;
  /** The limits of its type let a job go: it gets a worker, or waits for one. */
  readonly send: (job: Job) => void;
}

export function createJobPlacement(parts: JobPlacementParts, jobs: RunningJobs): JobPlacement {
  const { executor, worker, crew: crewOf, gate, host } = parts;
  /** The job of an attempt, unless something else of the same commit has ended it, or wants it to end. */
  const begin = (execution: LiveExecution, effect: RunTask | HandOver): Job | undefined => {
    const { run, attempt } = effect;
    if (isTerminal(run.state)) return undefined;
    if (run.state === "KILLING") {
      executor().send(execution, { type: "task-ended", run: run.index, outcome: { state: "KILLED" } });
      return undefined;
    }
    const job = jobs.get(jobKey(execution, run, attempt))?.job ?? jobFor(execution, run, attempt, parts.globals);
    const target = effect.type === "run-task" ? effect.target : undefined;
    jobs.set(job.key, { execution, run: run.index, identity: job.identity, job, target, hasChildren: false });
    return job;
  };
  return {
    place: (execution, effect) => {
      const { run, attempt, target } = effect;
      const { tenant } = execution;
      // Which worker is free is known only once its turn has come.
      if (gate.limits(execution.tenant, execution.fixed.namespace, run.node.task.type)) {
        const release = () => {
          const job = begin(execution, effect);
          if (job !== undefined) gate.submit(job, parts.environment(execution));
        };
        return { release };
      }
      const crew = crewOf();
      const key = jobKey(execution, run, attempt);
      const choice = crew?.choose(key, tenant, target) ?? { at: "here" };
      if (choice.at === "refused")
        return { event: { type: "task-ended", run: run.index, outcome: choice.result }, companion: { add: () => {} } };
      if (choice.at === "worker") {
        const { workerId } = choice;
        const companion = assignment(crew!, key, () => workerOf(run) === workerId);
        return { event: { type: "task-assigned", run: run.index, workerId }, companion };
      }
      const release = () => {
        if (choice.at === "here") crew?.arrivedHere();
        const job = begin(execution, effect);
        if (job === undefined) return;
        if (choice.at === "here") worker().submit(job);
        else crew!.wait(job, target);
      };
      return { release };
    },
    handOver: (execution, effect) => {
      const crew = crewOf()!;
      const job = begin(execution, effect);
      if (job === undefined) crew.forgo(jobKey(execution, effect.run, effect.attempt));
      else crew.hand(job, effect.workerId);
    },
    forgo: (execution, { run, attempt }) => crewOf()?.forgo(jobKey(execution, run, attempt)),
    expect: (execution, { run, attempt, workerId, target }) => {
      const key = jobKey(execution, run, attempt);
      const crew = crewOf();
      jobs.set(key, { execution, run: run.index, identity: identityOf(execution, run, attempt), hasChildren: false });
      if (crew === undefined) executor().send(execution, { type: "task-lost", run: run.index });
      else crew.expect(key, execution.tenant, target, workerId);
    },
    send: (job) => sendJob(parts, job, jobs.get(job.key)?.target),
    kill: (key) => {
      if (gate.withdraw(key)) host.ended(key, { state: "KILLED" });
      else if (crewOf()?.kill(key) !== true) worker().kill(key);
    },
  };
}

/** To the worker of this process, to one of another, or to none until there is one. */
export function sendJob(
  { worker, crew: crewOf, host }: Pick<JobPlacementParts, "worker" | "crew" | "host">,
  job: Job,
  target: RunningJob["target"],
): void {
  const { key, identity } = job;
  const crew = crewOf();
  const choice = crew?.choose(key, identity.tenant, target) ?? { at: "here" };
  if (choice.at === "here") {
    crew?.arrivedHere();
    worker().submit(job);
  } else if (choice.at === "refused") host.ended(key, choice.result);
  else if (choice.at === "worker") host.assigned(key, choice.workerId);
  else crew!.wait(job, target);
}

/** Lets go of the place that was kept where the choice of a worker comes to nothing. */
export function assignment(crew: Crew, key: string, isAssigned: () => boolean): Companion {
  const forgo = () => crew.forgo(key);
  return { add: () => void (isAssigned() || forgo()), refused: forgo };
}
