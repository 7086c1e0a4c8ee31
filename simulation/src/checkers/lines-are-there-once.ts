import { isTerminal } from "@capstan/engine";
import { kindOf } from "../flaky-worker.ts";
import type { Checker } from "../history.ts";

/** What an attempt logged is there once when its end is durable, and never twice. */
export const linesAreThereOnce: Checker = {
  invariant: "the log lines of an attempt are there once",
  watch: (view) => {
    const { durable, violate } = view;
    const said: {
      readonly line: string;
      readonly executionId: string;
      readonly index: number;
      readonly attempt: number;
      readonly at: number;
    }[] = [];
    const acknowledged = new Set<string>();
    let pending: typeof said = [];
    /** From when on lines of an execution may be lost: one that can't be stored takes others with it, and then it ends. */
    const spoilt = new Map<string, number>();
    return (observation) => {
      if (observation.type === "answered") {
        const { identity, taskRunIndex } = observation.job;
        const kind = kindOf(view.plan, observation.job);
        if (kind === "UnstorableLine") spoilt.set(identity.executionId, -Infinity);
        else if (kind === "UnstorableOutput" && !spoilt.has(identity.executionId))
          spoilt.set(identity.executionId, view.now);
        const entry = {
          line: observation.line,
          executionId: identity.executionId,
          index: taskRunIndex,
          attempt: identity.attempt,
          at: view.now,
        };
        said.push(entry);
        pending.push(entry);
      }
      if (observation.type === "written") {
        pending = pending.filter((entry) => {
          const attempt = durable.taskRun(entry.executionId, entry.index)?.attempts[entry.attempt - 1];
          const isOver = attempt !== undefined && isTerminal(attempt.state) && attempt.state !== "RESUBMITTED";
          // Who speaks after its end was decided without it is not heard.
          if (isOver && attempt.history.at(-1)!.date >= entry.at) acknowledged.add(entry.line);
          return !isOver;
        });
      }
      // What was not durable by now never will be.
      if (observation.type === "crashed") pending = [];
      if (observation.type !== "over") return;
      const counts = new Map<string, number>();
      for (const { message } of observation.logs) counts.set(message, (counts.get(message) ?? 0) + 1);
      for (const { line, executionId, at } of said) {
        const count = counts.get(line) ?? 0;
        if (count > 1) violate(`"${line}" is there ${count} times`);
        const isDemanded = acknowledged.has(line) && at < (spoilt.get(executionId) ?? Infinity);
        if (count === 0 && isDemanded) violate(`"${line}" is missing`);
      }
      for (const [line, count] of counts)
        if (line.endsWith(" noted") && count > 1) violate(`"${line}" is there ${count} times`);
    };
  },
};
