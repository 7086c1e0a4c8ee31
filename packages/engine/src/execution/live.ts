import type { LiveBatch } from "./batch.ts";
import type { Attempt, ExecutionRow, Label, State, StateChange } from "./execution.ts";
import type { OutputIndex } from "./outputs.ts";
import type { StepMemo } from "./step-memo.ts";
import type { ExecutionNote, TaskRunNote } from "../history/note.ts";
import type { TurnoverMap } from "./turnover-map.ts";
import type { Plan, PlanNode } from "../plan.ts";
import type { JsonMap } from "@capstan/model";
import type { Event, Turn } from "../turn.ts";

/**
 * Which list of a block is being worked on; `pause` is what a Pause runs while the rest stands still, `between` its errors
 * between two attempts of one of its tasks, `after` the root's list once the execution has ended.
 */
export type Phase = "tasks" | "errors" | "between" | "finally" | "pause" | "after";

/** An execution in memory: its row, its open task runs and the blocks that decide what comes next. */
export interface LiveExecution {
  readonly plan: Plan;
  readonly tenant: string;
  readonly id: string;
  /** The parts of the row that never change. */
  readonly fixed: Omit<ExecutionRow, MutableField>;
  /** Inputs as expressions see them: encrypted texts in the clear, and floats that know that they are. */
  readonly inputs: JsonMap;
  /** Texts that were encrypted; hidden in whatever the execution says. */
  readonly secrets: Set<string>;
  state: State;
  history: StateChange[];
  labels: readonly Label[];
  variables: JsonMap;
  outputs: JsonMap | undefined;
  error: string | undefined;
  /** Not written while it is CREATED. */
  readonly batch: LiveBatch | undefined;

  /** Task runs that are open, or ended but not yet written, by index. */
  readonly runs: TurnoverMap<number, LiveRun>;
  nextIndex: number;
  readonly root: Block;
  readonly index: OutputIndex;
  /** Outputs and states inside each iteration of the Loops that are open, by the index of the Loop. */
  readonly iterations: Map<number, Map<number, OutputIndex>>;

  /** Number of task runs in PAUSED; the execution goes on when it is 0 and `paused` is false. */
  pausedRuns: number;
  /** Paused as a whole, by a person. */
  paused: boolean;
  retryingRuns: number;
  /** Set once the execution is to end in this state as soon as nothing runs any more. */
  stopping: State | undefined;
  /** State that one of its tasks decided the execution ends in, once what runs and the `finally` of the flow have ended. */
  verdict: State | undefined;
  /** Steps that wait for the end of a pause. */
  held: Step[];
  /** Steps that wait for a value from outside, by number. */
  readonly suspended: Map<number, SuspendedStep>;
  nextSuspension: number;
  violatedSlas: Set<string>;
  notes: readonly ExecutionNote[] | undefined;
  /** Block of the list that runs after the end. */
  after: Block | undefined;
  /** Set when nothing will ever happen any more. */
  settled: boolean;
  /** Results of asynchronous functions in expressions of the execution as a whole. */
  memo: StepMemo | undefined;

  /** Task runs with `dirty`, and some that have been written or removed since. */
  dirtyRuns: LiveRun[];
  readonly removedRuns: number[];
  dirty: boolean;
}

export type MutableField =
  | "state"
  | "history"
  | "labels"
  | "variables"
  | "outputs"
  | "error"
  | "batch"
  | "violatedSlas"
  | "notes";

export interface LiveRun {
  readonly index: number;
  readonly id: string;
  readonly node: PlanNode;
  readonly parent: LiveRun | undefined;
  readonly lane: Lane;
  readonly value: string | undefined;
  readonly iteration: number | undefined;
  state: State;
  history: StateChange[];
  attempts: Attempt[];
  outputs: JsonMap | undefined;
  memory: JsonMap | undefined;
  error: string | undefined;
  notes: readonly TaskRunNote[] | undefined;
  /** The children of a flowable that has begun. */
  block: Block | undefined;
  /** Results of asynchronous functions in this run's expressions. */
  memo: StepMemo | undefined;
  /** Batches of a ForEachItem that have ended, as far as this process knows. */
  batches: Set<number> | undefined;
  /** To be written. */
  dirty: boolean;
}

/** A line of tasks inside a block, one after the other. */
export interface Lane {
  readonly block: Block;
  phase: Phase;
  readonly number: number;
  /** Always `tasks`, but in a lane of a source with lists of its own. */
  part: LanePart;
  /** That of the part. */
  list: readonly PlanNode[];
  readonly value: string | undefined;
  readonly iteration: number | undefined;
  /** Position in `list` of the task to start next. */
  next: number;
  /** Children that are open besides the one that the lane has come to: after a restart several of a line may run again. */
  beside: number;
}

/** See `lane-parts.ts`. */
export type LanePart = "tasks" | "errors" | "finally";
export type OwnLists = Readonly<Record<Exclude<LanePart, "tasks">, readonly PlanNode[]>>;

/** What a block works through: numbered lanes, made when they start. */
export interface LaneSource {
  readonly count: number;
  lane(number: number): { list: readonly PlanNode[]; value?: string | undefined; iteration?: number | undefined };
  /** The lane that a child found in the store belongs to. */
  laneOf(child: { node: PlanNode; iteration: number | undefined; value: string | undefined }): number;
  /** Lists that each lane has for itself; the block has none then. */
  readonly own?: OwnLists;
  /** Whether a failure ends its own lane only. */
  readonly goesOn?: boolean;
  /** Looks at what a lane came to; no further ones begin when it answers true. */
  readonly breaksAfter?: (turn: Turn, number: number) => boolean;
  /** What a failure does to the lanes beside it; FAIL by default. */
  readonly onFailure?: OnFailure;
  /** Dag: for each lane, how many others it waits for and which others wait for it. */
  readonly dependencies?: { readonly needs: readonly number[]; readonly dependants: readonly (readonly number[])[] };
}

/** Tasks beside one that failed end in that state, and what workers run for them is interrupted; or they go on, and nobody waits. */
export type OnFailure = "FAIL" | "CANCEL" | "CONTINUE";

/** Counts of ended main children; enough to know the block's state. */
export interface Tally {
  killed: number;
  failed: number;
  warning: number;
}

/** The children of one flowable task run, or of the execution itself. */
export interface Block {
  readonly owner: LiveRun | undefined;
  readonly node: PlanNode;
  phase: Phase;
  source: LaneSource;
  readonly onFailure: OnFailure;
  /** How many lanes may be open at once. */
  limit: number;
  /** Lanes that could start, in order, when the source has dependencies; otherwise `nextLane` counts up. */
  ready: number[] | undefined;
  waiting: number[] | undefined;
  nextLane: number;
  openLanes: number;
  /** More lanes are to be started in a turn of its own. */
  isStarting: boolean;
  /** Children that have not ended, by index. */
  readonly open: TurnoverMap<number, LiveRun>;
  /** Its errors between two attempts of its tasks. */
  between: Between | undefined;
  tally: Tally;
  /** Why the main child that failed first did. */
  cause: string | undefined;
  ended: boolean;
}

/** Errors of a block that run before tasks are tried again; see `between-attempts.ts`. */
export interface Between {
  readonly lane: Lane;
  /** What ran in the lane, at every depth, by index. */
  readonly runs: number[];
  /** Tasks whose time came before the end of the lane. */
  readonly waiting: LiveRun[];
  isThrough: boolean;
}

/** One thing the engine still has to do in a turn; kept as data so that no depth of nesting recurses. */
export type Step =
  /** Take an event in. */
  | { readonly do: "event"; readonly event: Event }
  /** Look at the flow's assertions. */
  | { readonly do: "assert" }
  /** Create the next task run of a lane; `isTogether` when the lane starts with others at the same time. */
  | { readonly do: "next"; readonly lane: Lane; readonly isTogether?: boolean }
  /** Begin a task run that was created; `isBeside` when it pauses beside another one. */
  | { readonly do: "enter"; readonly run: LiveRun; readonly isBeside?: boolean }
  /** Render and start the children of a flowable (again), or what a task that edits its own execution changes. */
  | { readonly do: "open"; readonly run: LiveRun }
  /** A task run ended: tell its block. */
  | { readonly do: "ended"; readonly run: LiveRun }
  /** A lane is through that may be the last one to begin. */
  | { readonly do: "break"; readonly lane: Lane }
  /** The current list of a block is through. */
  | { readonly do: "phase-ended"; readonly block: Block }
  /** All lists of a block are through: its state is known. */
  | { readonly do: "close"; readonly block: Block }
  /** The main tasks ended in this state: render the outputs and end. */
  | { readonly do: "finish"; readonly state: State }
  /** Start the list that runs after the end. */
  | { readonly do: "after" }
  /** Do a step that was suspended, now that its value is there. */
  | { readonly do: "again"; readonly suspended: SuspendedStep };

export interface SuspendedStep {
  readonly step: Step;
  /** What has been awaited for it. */
  readonly memo: StepMemo | undefined;
}
