import { isTerminal, type TaskRunRow } from "@capstan/engine";
import { isTold } from "../durable.ts";
import { WORKS } from "../leaves.ts";
import type { Checker } from "../history.ts";

/** Once the end of an attempt is durable it stays as it was told, and no answer makes another attempt of it. */
export const attemptsEndOnce: Checker = {
  invariant: "a task attempt is never reported twice",
  watch: ({ durable, violate, plan }) => {
    const submitted = new Map<string, Set<string>>();
    const compare = (name: string, before: TaskRunRow, after: TaskRunRow) => {
      for (const [number, attempt] of before.attempts.entries()) {
        const same = after.attempts[number];
        if (same === undefined) violate(`attempt ${number + 1} of ${name} vanished`);
        else if (isTerminal(attempt.state) && JSON.stringify(attempt) !== JSON.stringify(same))
          violate(`attempt ${number + 1} of ${name} ended ${attempt.state}, and then ${same.state}`);
      }
    };
    return (observation) => {
      if (observation.type === "submitted") {
        const { executionId } = observation.job.identity;
        const name = `${executionId}/${observation.job.taskRunIndex}`;
        submitted.set(name, (submitted.get(name) ?? new Set()).add(observation.job.key));
      }
      if (observation.type === "commit") {
        for (const { executionId, row } of observation.unit.taskRuns ?? []) {
          const before = durable.taskRun(executionId, row.index);
          if (before !== undefined) compare(`${executionId}/${row.index}`, before, row);
        }
      }
      if (observation.type !== "over") return;
      for (const { id, row, taskRuns } of observation.stored) {
        // A replayed execution begins with attempts that its original made.
        if (row === undefined || row.originalId !== id) continue;
        for (const run of taskRuns) {
          if (!WORKS.has(plan.kinds.get(`${row.flowId}/${run.taskId}`))) continue;
          const told = run.attempts.filter(isTold).length;
          const given = submitted.get(`${id}/${run.index}`)?.size ?? 0;
          if (told > given) violate(`${id}/${run.index} has ${told} attempts, but was handed out ${given} times`);
        }
      }
    };
  },
};
