import { isTerminal } from "@capstan/engine";
import type { Job } from "@capstan/runtime";
import { isTold } from "../durable.ts";
import { WORKS } from "../leaves.ts";
import type { Checker, View } from "../history.ts";

/** Work that is told as done was handed out; it is handed out again only for a retry, or when its process was lost. */
export const tasksStartAgainOnlyWhenLost: Checker = {
  invariant: "a task is started at least once, and again only if its worker was lost",
  watch: (view) => {
    const { violate, plan } = view;
    const given = new Map<string, number>();
    const givenRuns = new Set<string>();
    let crashes = 0;
    return (observation) => {
      if (observation.type === "crashed") crashes += 1;
      if (observation.type === "submitted") {
        const { job, life } = observation;
        if (given.get(job.key) === life) violate(`the work ${job.key} was handed out twice by one process`);
        given.set(job.key, life);
        givenRuns.add(`${job.identity.executionId}/${job.taskRunIndex}`);
        demandReason(view, job, crashes);
      }
      if (observation.type !== "over") return;
      for (const { id, row, taskRuns } of observation.stored) {
        if (row === undefined || row.originalId !== id) continue;
        for (const run of taskRuns) {
          const isWork = WORKS.has(plan.kinds.get(`${row.flowId}/${run.taskId}`));
          const isDone = run.state === "SUCCESS" || run.state === "WARNING" || run.attempts.some(isTold);
          if (isWork && isDone && !givenRuns.has(`${id}/${run.index}`))
            violate(`${id}/${run.index} ${run.taskId} is ${run.state}, but no worker ever got it`);
        }
      }
    };
  },
};

/** All earlier attempts must be over, and no more of them lost than processes were. */
function demandReason({ durable, violate }: View, { key, identity, taskRunIndex }: Job, crashes: number): void {
  const run = durable.taskRun(identity.executionId, taskRunIndex);
  if (run === undefined) return;
  const earlier = run.attempts.slice(0, identity.attempt - 1);
  const open = earlier.find(({ state }) => !isTerminal(state));
  if (open !== undefined) violate(`the work ${key} left while an earlier attempt was durably ${open.state}`);
  if (isTerminal(run.state)) violate(`the work ${key} left although its task run had ended ${run.state}`);
  const lost = earlier.filter(({ state }) => state === "RESUBMITTED").length;
  if (lost > crashes) violate(`${lost} attempts before ${key} were given up, but only ${crashes} processes were lost`);
}
