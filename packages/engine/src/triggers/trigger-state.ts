import type { JsonMap } from "@capstan/model";
import type { Label } from "../execution/execution.ts";

/** A range of past dates that a schedule is to run; moments in epoch milliseconds. */
export interface BackfillState {
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
  /** Dates before it are done. */
  readonly currentDate: number;
  readonly paused: boolean;
  readonly inputs: JsonMap;
  readonly labels: readonly Label[];
}

/** What is remembered of a trigger between two looks at it; the part of its stored row that logic works on. */
export interface TriggerState {
  /** Last evaluated (logical) date. */
  readonly date?: number;
  /** When to look at it next. */
  readonly nextDate?: number;
  /** The running execution that locks it. */
  readonly executionId?: string;
  readonly disabled: boolean;
  readonly backfill?: BackfillState;
  readonly memory?: JsonMap;
}

/** A copy of a state without some of its fields. */
export function without<State extends TriggerState>(state: State, name: keyof TriggerState): State {
  const { [name]: _, ...rest } = state;
  return rest as State;
}
