import { hasEndedOthers } from "../decisions.ts";
import { kindOf } from "../flaky-worker.ts";
import type { Checker } from "../history.ts";

const REASON = "what the execution came to can't be stored";

/** What the store refuses for its content fails the execution that came to it, which says why, and nobody else. */
export const unstorableFailsAlone: Checker = {
  invariant: "what can't be stored fails its own execution, and only that",
  watch: ({ violate, plan }) => {
    const atFault = new Set<string>();
    return (observation) => {
      if (observation.type === "answered" && kindOf(plan, observation.job)?.startsWith("Unstorable") === true)
        atFault.add(observation.job.identity.executionId);
      if (observation.type !== "over") return;
      const explained = new Set<string | undefined>();
      for (const { executionId, message } of observation.logs)
        if (message.startsWith(REASON)) explained.add(executionId);
      for (const { id, row, taskRuns } of observation.stored) {
        const isBlamed = row?.error?.startsWith(REASON) === true;
        if (isBlamed && !atFault.has(id)) violate(`${id} was failed for something that it did not come to`);
        if (isBlamed && !explained.has(id)) violate(`the log of ${id} does not tell why it failed`);
        if (taskRuns.some(hasEndedOthers)) continue;
        for (const { taskId, index, state } of taskRuns) {
          if (plan.kinds.get(`${row?.flowId}/${taskId}`)?.startsWith("Unstorable") !== true) continue;
          if (state === "SUCCESS" || state === "WARNING") violate(`${id}/${index} ${taskId} is ${state}`);
        }
      }
    };
  },
};
