import { scopeFor, secretsOf, type LiveExecution, type LiveRun } from "@capstan/engine";
import { createMemo, Suspension, type Environment } from "@capstan/expression";
import type { Catalogue, Task } from "@capstan/model";
import type { TaskDefinition } from "@capstan/sdk";
import type { Clock } from "../clock.ts";
import { isInline, runInlineTask } from "../worker/inline.ts";
import type { InlineOutcome } from "./executor.ts";
import { identityOf } from "./job.ts";

export interface InlineRunParts {
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly globals: Readonly<Record<string, unknown>>;
  readonly environment: (execution: LiveExecution) => Environment;
  /** Whether there may be workers of other processes, so that groups count. */
  readonly hasGroups: boolean;
}

/** Runs the tasks that touch nothing outside the engine; answers nothing when a worker must run the task. */
export function createInlineRuns({ catalogue, clock, globals, environment, hasGroups }: InlineRunParts) {
  return (execution: LiveExecution, run: LiveRun, attempt: number): InlineOutcome | undefined => {
    const { task } = run.node;
    const definition = catalogue.find(task.type) as TaskDefinition | undefined;
    // Who names workers for such a task wants to see it there.
    if (!isInline(definition, task) || (hasGroups && namesWorkers(task))) return undefined;
    const scope = scopeFor(execution, run, globals);
    const remembering = { ...environment(execution), memo: createMemo() };
    try {
      const { result, lines, metrics } = runInlineTask(definition, task, scope, remembering, {
        identity: identityOf(execution, run, attempt),
        now: clock.now,
        secrets: secretsOf(execution),
      });
      return { event: { type: "task-ended", run: run.index, outcome: result }, lines, metrics };
    } catch (error) {
      // An expression has to wait for something: a worker runs the task.
      if (error instanceof Suspension) return undefined;
      throw error;
    }
  };
}

function namesWorkers({ workerGroup, workerSelector }: Task): boolean {
  return workerGroup?.key !== undefined || workerSelector !== undefined;
}
