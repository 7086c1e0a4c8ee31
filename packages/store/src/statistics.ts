import type { State } from "@capstan/engine";
import type { LogLevel } from "./store.ts";

/** A part of time, in epoch milliseconds; `before` does not belong to it. */
export interface TimePart {
  readonly from: number;
  readonly before: number;
}

/** Executions of one part of time and one state; of one namespace, and of one flow, where it is asked for. */
export interface ExecutionStatistic {
  /** Position of the part in the list that was asked for. */
  readonly part: number;
  readonly namespace?: string;
  readonly flowId?: string;
  readonly state: State;
  readonly count: number;
  /** How long those took that have ended; absent when none has. */
  readonly durations?: {
    readonly count: number;
    readonly sumMs: number;
    readonly minMs: number;
    readonly maxMs: number;
  };
}

/** Lines of one part of time and one level. */
export interface LogStatistic {
  readonly part: number;
  readonly level: LogLevel;
  readonly count: number;
}

/** Values of one part of time. */
export interface MetricStatistic {
  readonly part: number;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}
