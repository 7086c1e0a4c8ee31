import { isTerminal, type ExecutionRow } from "@capstan/engine";
import { ownHistory } from "../durable.ts";
import type { Checker } from "../history.ts";

/** When everything that waited has been given what it waited for, nothing is left open. */
export const everythingEnds: Checker = {
  invariant: "every execution ends, or waits for something that is named",
  watch: ({ violate, plan }) => {
    return (observation) => {
      if (observation.type !== "over") return;
      for (const { id, row, taskRuns } of observation.stored) {
        if (row === undefined) continue;
        if (!isTerminal(row.state)) violate(`${row.flowId} ${id} is ${row.state} and waits for nothing`);
        for (const run of taskRuns) {
          if (isTerminal(row.state) && !isTerminal(run.state))
            violate(`${id} has ended ${row.state}, but its task run ${run.index} ${run.taskId} is ${run.state}`);
        }
        if (row.state === "RETRIED" && !observation.stored.some((other) => isRetryOf(other.row, row)))
          violate(`${id} was to be retried by a new execution, which there is not`);
        const hasAfter = /^afterExecution/m.test(plan.sources.get(row.flowId) ?? "");
        const isAdmitted = ownHistory(row).some(({ state }) => state === "RUNNING");
        if (hasAfter && isAdmitted && row.state !== "RETRIED" && !taskRuns.some(({ taskId }) => taskId === "after_all"))
          violate(`what is to come after the end of ${id} was forgotten`);
      }
    };
  },
};

function isRetryOf(other: ExecutionRow | undefined, row: ExecutionRow): boolean {
  return other?.originalId === row.originalId && other.attemptNumber > row.attemptNumber;
}
