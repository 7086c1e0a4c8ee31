import type { JsonMap } from "@capstan/model";
import type { State } from "../execution/execution.ts";
import type { Block, LaneSource, LiveRun } from "../execution/live.ts";
import type { Turn } from "../turn.ts";

/** A task that only decides which of its children run next. One module each; `registry.ts` lists them. */
export interface Flowable {
  /**
   * Renders what it needs and says what its children are, or takes care of everything itself and answers nothing.
   * Must change nothing before its last rendering: a `Suspension` thrown here makes it run again later.
   */
  readonly open: (turn: Turn, run: LiveRun) => Opening | undefined;
  /** Its children again, after a restart of the process; by default what `open` answers. Changes nothing. */
  readonly reopen?: (turn: Turn, run: LiveRun) => Opening;
  /** Its children are through in this state; by default the task run ends so. */
  readonly closed?: (turn: Turn, run: LiveRun, state: State) => void;
  /** A list of its block is through; answers true when it goes on in another way than with the next list. */
  readonly listEnded?: (turn: Turn, run: LiveRun, block: Block) => boolean;
  /** Whether it has not paused yet and is going to, so that a pause beside it does not hold its tasks back. */
  readonly isYetToPause?: (run: LiveRun) => boolean;
  /** After a restart of the process: whether this child is of a part that is over, so that its block is made without it. */
  readonly isPast?: (run: LiveRun, child: LiveRun) => boolean;
  /** What it runs while the execution is paused is through. */
  readonly pauseEnded?: (turn: Turn, run: LiveRun) => void;
  /**
   * After a restart: whether its children so far are through and it waits for a timer of its own, which it sets again: one that
   * fired while the execution had ended is gone.
   */
  readonly waitsAgain?: (turn: Turn, run: LiveRun, children: readonly LiveRun[]) => boolean;
  /** A timer of its own is due. `key` is what follows the colon of the timer's key. */
  readonly timer?: (turn: Turn, run: LiveRun, key: string) => void;
}

export interface Opening {
  readonly source: LaneSource;
  /** How many lanes at once; 0 means all. */
  readonly limit: number;
  readonly outputs?: JsonMap;
  /** What must be known again after a restart to make the same lanes. */
  readonly memory?: JsonMap;
  /** It failed before any of its children began: its errors come next. */
  readonly failed?: boolean;
}

/** A mistake in a flow that shows only at run time; it fails the task run. */
export class FlowableError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FlowableError";
  }
}
