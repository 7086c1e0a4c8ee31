import type { Checker } from "../history.ts";

/** What the database answers at the end is what was written to it, unit by unit. */
export const storeSaysWhatWasCommitted: Checker = {
  invariant: "the store says what was committed",
  watch: ({ durable, violate }) => {
    return (observation) => {
      if (observation.type !== "over") return;
      for (const { id, row, taskRuns } of observation.stored) {
        if (JSON.stringify(row) !== JSON.stringify(durable.executions.get(id))) violate(`${id} reads back differently`);
        if (JSON.stringify(taskRuns) !== JSON.stringify(durable.taskRuns(id)))
          violate(`the task runs of ${id} read back differently`);
      }
      const timers = new Set(observation.timers.map(({ executionId, key }) => `${executionId}/${key}`));
      for (const name of durable.timers.keys()) if (!timers.has(name)) violate(`the timer ${name} is missing`);
      for (const name of timers) if (!durable.timers.has(name)) violate(`the timer ${name} is still there`);
    };
  },
};
