import type { ExecutionRow } from "@capstan/engine";
import type { Checker } from "../history.ts";

/** Work and children leave an execution only once the store knows that they were to. */
export const effectsFollowCommits: Checker = {
  invariant: "no effect leaves before its transition is durable",
  watch: ({ durable, violate }) => {
    const demandAsked = (row: ExecutionRow) => {
      if (row.parent === undefined || durable.executions.has(row.id)) return;
      const { executionId, taskRun } = row.parent;
      const asking = durable.taskRun(executionId, taskRun);
      const isAsked = asking?.memory?.["executionId"] === row.id || asking?.memory?.["lines"] !== undefined;
      if (!isAsked) violate(`${row.id} was created before ${executionId}/${taskRun} durably asked for it`);
    };
    return (observation) => {
      if (observation.type === "commit") for (const row of observation.unit.executions ?? []) demandAsked(row);
      if (observation.type !== "submitted") return;
      const { key, identity, taskRunIndex } = observation.job;
      const state = durable.taskRun(identity.executionId, taskRunIndex)?.state;
      // A WorkingDirectory runs from the moment its worker gets it.
      const expected = observation.job.group === undefined ? "SUBMITTED" : "RUNNING";
      if (state !== expected && state !== "SUBMITTED")
        violate(`the work ${key} left while its task run was durably ${state ?? "missing"}`);
    };
  },
};
