import type { ExecutionRow, TaskRunRow } from "@capstan/engine";
import type { Job, JobResult } from "@capstan/runtime";
import type { CommitUnit, LogEntry, TimerRow } from "@capstan/store";
import type { Durable } from "./durable.ts";
import type { PlannedRequest, WorldPlan } from "./world-plan.ts";

/** Something that was seen from outside. */
export type Observation =
  /** A unit is about to be part of what is durable; checkers still see what was before. */
  | { readonly type: "commit"; readonly unit: CommitUnit }
  /** A whole transaction is durable. */
  | { readonly type: "written" }
  /** Work was handed to a worker of the process with this number. */
  | { readonly type: "submitted"; readonly job: Job; readonly life: number }
  /** The worker's first answer; `line` is what it logged before. */
  | { readonly type: "answered"; readonly job: Job; readonly result: JobResult; readonly line: string }
  | (RequestKey & { readonly type: "requested"; readonly executionId?: string })
  | (RequestKey & { readonly type: "acknowledged"; readonly executionId: string })
  | { readonly type: "crashed" }
  /** The machine's clock was set: dates before and after it do not tell how much time lies between them. */
  | { readonly type: "clock-set" }
  /** Something that must not happen, whatever goes wrong around it. */
  | { readonly type: "defect"; readonly message: string }
  /** Nothing goes on any more; what the store answers now. */
  | {
      readonly type: "over";
      readonly logs: readonly LogEntry[];
      readonly stored: readonly StoredExecution[];
      readonly timers: readonly TimerRow[];
      /** When the schedule was switched off, epoch milliseconds. */
      readonly scheduledUntil: number;
    };

type RequestKey = Pick<PlannedRequest, "name" | "verb">;

export interface StoredExecution {
  readonly id: string;
  readonly row: ExecutionRow | undefined;
  readonly taskRuns: readonly TaskRunRow[];
}

/** What a checker looks at and speaks to. */
export interface View {
  readonly plan: WorldPlan;
  readonly durable: Durable;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly violate: (message: string) => void;
}

/** One invariant; `watch` is called anew for each world. */
export interface Checker {
  /** In plain words. */
  readonly invariant: string;
  watch(view: View): (observation: Observation) => void;
}
