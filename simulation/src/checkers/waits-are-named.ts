import { isTerminal, waitsOf } from "@capstan/engine";
import type { Checker } from "../history.ts";

/** What is durable says at any moment what an execution waits for, and the dates that it names have timers. */
export const waitsAreNamed: Checker = {
  invariant: "an execution that has not ended waits for something named",
  watch: ({ durable, violate }) => {
    let changed = new Set<string>();
    const demandWaits = (id: string) => {
      const row = durable.executions.get(id);
      if (row === undefined || isTerminal(row.state)) return;
      const waits = waitsOf(row, durable.taskRuns(id));
      if (waits.length === 0) violate(`${row.flowId} ${id} is ${row.state}, and nothing says what it waits for`);
      const dates = new Set(
        [...durable.timers.values()].filter((timer) => timer.executionId === id).map(({ at }) => at),
      );
      for (const { until, taskRun } of waits)
        if (until !== undefined && taskRun !== undefined && !dates.has(until))
          violate(`${id}/${taskRun.index} ${taskRun.taskId} waits until ${until}, for which there is no timer`);
    };
    return (observation) => {
      if (observation.type === "commit") {
        const { executions = [], taskRuns = [], timers = [], clearedTimers = [] } = observation.unit;
        for (const { id } of executions) changed.add(id);
        for (const { executionId } of [...taskRuns, ...timers, ...clearedTimers]) changed.add(executionId);
      }
      if (observation.type !== "written") return;
      for (const id of changed) demandWaits(id);
      changed = new Set();
    };
  },
};
