import { indexFor, workerOf, type LiveExecution } from "@capstan/engine";
import type { Services } from "@capstan/sdk";
import type { Clock } from "../clock.ts";
import type { Crew, CrewHost } from "../worker/remote/crew.ts";
import type { Worker } from "../worker/worker.ts";
import type { TaskGate } from "../flow-control/task-gate.ts";
import { plain } from "./job.ts";
import { assignment, sendJob } from "./job-placement.ts";
import type { RunningJobs } from "./running-jobs.ts";

export interface JobHostParts {
  readonly clock: Clock;
  readonly worker: () => Worker;
  /** Workers of other processes, where there may be any. */
  readonly crew: () => Crew | undefined;
  readonly services: (tenant: string) => Services;
}

type Host = Omit<CrewHost, "triggerLog">;

/** What workers tell and ask, here and elsewhere. Triggers are none of its business. */
export function createJobHost(parts: JobHostParts, jobs: RunningJobs, gate: Pick<TaskGate, "ended">): Host {
  const { tellDurably, speak } = jobs;
  const host: Host = {
    started: (key, at, settled) => tellDurably(key, (run) => ({ type: "task-started", run, at }), settled),
    childEnded: (key, { taskId, taskRunId, startedAt, ...outcome }, settled) => {
      const running = jobs.get(key);
      if (running !== undefined) running.hasChildren = true;
      const id = taskRunId === undefined ? {} : { taskRunId };
      tellDurably(key, (run) => ({ type: "group-child-ended", run, taskId, startedAt, outcome, ...id }), settled);
    },
    log: (key, taskId, lines, settled) =>
      speak(key, settled, (unit, { run, execution }) => unit.log(execution, sourceOf(execution, run, taskId), lines)),
    metrics: (key, taskId, metrics, settled) =>
      speak(key, settled, (unit, { run, execution }) =>
        unit.metrics(execution, sourceOf(execution, run, taskId), metrics, parts.clock.now()),
      ),
    ended: (key, outcome, settled) => {
      tellDurably(key, (run) => ({ type: "task-ended", run, outcome }), settled);
      jobs.delete(key);
      gate.ended(key);
      parts.crew()?.serveHere();
    },
    ...elsewhere(parts, jobs, gate),
    ungrouped: (key) => jobs.withJob(key, ({ job }) => sendJob({ ...parts, host }, job!, undefined)),
    lookup: async (key, [root, name]) => {
      let value: unknown;
      jobs.withJob(key, ({ run, execution }) => {
        const { outputs, tasks } = indexFor(execution, execution.runs.get(run));
        if (root === "outputs" && name !== undefined) value = outputs.get(name);
        else if (root === "outputs") value = [...outputs.keys()];
        else if (root === "tasks") value = tasks;
      });
      return value === undefined ? undefined : plain(value);
    },
    services: (tenant) => parts.services(tenant),
  };
  return host;
}

/** What becomes of jobs that workers of other processes get, or got. */
function elsewhere(
  { clock, crew: crewOf }: JobHostParts,
  jobs: RunningJobs,
  gate: Pick<TaskGate, "ended">,
): Pick<Host, "assigned" | "lost"> {
  const { tell, speak } = jobs;
  const assigned: Host["assigned"] = (key, workerId) => {
    const crew = crewOf()!;
    const running = jobs.get(key);
    const isAssigned = () => workerOf(running?.execution.runs.get(running.run)) === workerId;
    const companion = assignment(crew, key, isAssigned);
    if (!tell(key, (run) => ({ type: "task-assigned", run, workerId }), companion)) crew.forgo(key);
  };
  return {
    assigned,
    lost: (key, reason) => {
      // What it has told of its children must not be told again.
      if (jobs.get(key)?.hasChildren === true) {
        const error = { message: `the group lost its worker: ${reason}` };
        tell(key, (run) => ({ type: "task-ended", run, outcome: { state: "FAILED", error } }));
      } else {
        const message = `The worker that had this is lost: ${reason}. It starts again.`;
        speak(key, undefined, (unit, { run, execution }) =>
          unit.log(execution, sourceOf(execution, run), [{ time: clock.now(), level: "WARN", message }]),
        );
        tell(key, (run) => ({ type: "task-lost", run }));
      }
      jobs.delete(key);
      gate.ended(key);
    },
  };
}

function sourceOf(execution: LiveExecution, run: number, taskId?: string) {
  const live = execution.runs.get(run);
  return { ...(taskId === undefined ? {} : { taskId }), ...(live === undefined ? {} : { run: live }) };
}
