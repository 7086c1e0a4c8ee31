import type { TaskRunRow } from "@capstan/engine";
import { hasEndedOthers } from "../decisions.ts";
import type { Checker } from "../history.ts";

/**
 * No place of an execution is played twice, and a loop that is through has played all its iterations: unless what an Approval
 * decided ended it with what is around it.
 */
export const iterationsArePlayedOnce: Checker = {
  invariant: "each iteration of a loop is played once",
  watch: ({ violate }) => {
    return (observation) => {
      if (observation.type !== "over") return;
      for (const { id, taskRuns } of observation.stored) {
        const places = new Set<string>();
        for (const { index, parent, taskId, iteration, value } of taskRuns) {
          const place = `${parent}/${taskId}/${iteration}/${value}`;
          if (places.has(place)) violate(`${id}/${index} ${taskId} is there a second time, in iteration ${iteration}`);
          places.add(place);
        }
        if (taskRuns.some(hasEndedOthers)) continue;
        for (const run of taskRuns) {
          const played = new Set(
            taskRuns.filter(({ parent }) => parent === run.index).map(({ iteration }) => iteration),
          );
          for (let iteration = 0; iteration < iterationsOf(run); iteration += 1)
            if (isThrough(run) && !played.has(iteration))
              violate(`${id}/${run.index} ${run.taskId} is ${run.state} without its iteration ${iteration}`);
        }
      }
    };
  },
};

function iterationsOf({ memory }: TaskRunRow): number {
  const { items, values } = (memory ?? {}) as {
    readonly items?: readonly unknown[];
    readonly values?: readonly unknown[];
  };
  return (items ?? values ?? []).length;
}

function isThrough({ state }: TaskRunRow): boolean {
  return state === "SUCCESS" || state === "WARNING";
}
