import { isTerminal, type ExecutionRow, type StateChange } from "@capstan/engine";
import type { Checker } from "../history.ts";

/**
 * Only a restart that somebody asked for, of it or of the execution that created it, brings an ended execution or task run
 * back; no history is rewritten.
 */
export const terminalStatesStay: Checker = {
  invariant: "a terminal state never changes by itself",
  watch: ({ durable, violate }) => {
    const restarted = new Set<string>();
    const isRestarted = (executionId: string): boolean => {
      const creator = creatorOf(durable.executions.get(executionId));
      return restarted.has(executionId) || (creator !== undefined && isRestarted(creator));
    };
    const compare = (name: string, executionId: string, before: Stated, after: Stated) => {
      const isKept = before.history.every(
        ({ state, date }, position) =>
          after.history[position]?.state === state && after.history[position].date === date,
      );
      if (!isKept) violate(`the history of ${name} was rewritten`);
      if (isTerminal(before.state) && after.state !== before.state && !isRestarted(executionId))
        violate(`${name} was ${before.state} and became ${after.state}`);
    };
    return (observation) => {
      if (observation.type === "requested" && observation.verb === "restart" && observation.executionId !== undefined)
        restarted.add(observation.executionId);
      if (observation.type !== "commit") return;
      for (const row of observation.unit.executions ?? []) {
        const before = durable.executions.get(row.id);
        if (before !== undefined) compare(row.id, row.id, before, row);
      }
      for (const { executionId, row } of observation.unit.taskRuns ?? []) {
        const before = durable.taskRun(executionId, row.index);
        if (before !== undefined) compare(`${executionId}/${row.index}`, executionId, before, row);
      }
    };
  },
};

/** Whether or not it waits: a task that does not wait, and failed for another reason, restarts what it created as well. */
function creatorOf(row: ExecutionRow | undefined): string | undefined {
  const { type, variables } = row?.trigger ?? {};
  return type !== undefined && CALLERS.has(type) ? String(variables?.["executionId"]) : undefined;
}

const CALLERS = new Set(["io.kestra.plugin.core.flow.Subflow", "io.kestra.plugin.core.flow.ForEachItem"]);

interface Stated {
  readonly state: StateChange["state"];
  readonly history: readonly StateChange[];
}
