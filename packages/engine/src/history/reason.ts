import type { Evaluated } from "./note.ts";

/** Why something happened, as a code that stays and as a clause for people. */
export interface Reason {
  readonly code: ReasonCode;
  readonly text: string;
  /** Who did it, as far as that is known. */
  readonly by?: string;
  /** Epoch milliseconds of what comes next because of it. */
  readonly until?: number;
  /** Executions that have to do with it. */
  readonly executionIds?: readonly string[];
  /** A condition that decided. */
  readonly condition?: Evaluated & { readonly expression?: string };
}

/** Every reason that a history gives, with what it says; the reference is made of it. */
export const REASONS = {
  created: "it was started by a call of the API or by the command line",
  triggered: "a trigger started it",
  called: "a task of another execution started it",
  replayed: "it replays another execution, from its beginning or from a task run",
  "retry-as-new": "it is the next attempt of an execution that failed",
  "limit-reached": "as many executions ran as a concurrency limit allows",
  "quota-reached": "as many executions had started as a quota allows in its time",
  superseded: "another execution took its place, by REPLACE or by a debounce",
  "slot-free": "a slot became free for it",
  "date-come": "its scheduled date came",
  "batch-begun": "its batch was full, or the time of that was over",
  forced: "somebody let it run beyond its limits, or before its date",
  unqueued: "somebody took it from the queue",
  killed: "somebody killed it, or the execution whose task waits for it was killed",
  paused: "somebody paused it as a whole",
  "pause-task": "a Pause or an Approval among its tasks began to wait",
  resumed: "somebody resumed it",
  "pause-over": "the time of a pause is over",
  reviewed: "a reviewer approved or denied",
  expired: "nobody reviewed an Approval in time",
  restarted: "somebody restarted it, or the task that called it was restarted",
  "state-changed": "somebody gave it, or one of its task runs, another state",
  labelled: "somebody changed its labels",
  "sla-violated": "an SLA of the flow is violated",
  "run-if-false": "the runIf of the task does not hold",
  retry: "an attempt failed and is followed by another",
  "retry-due": "the date of the next attempt came",
  "no-attempt-left": "the last attempt that its retry policy allows failed",
  failed: "what it ran failed, with the error",
  "failure-allowed": "allowFailure made a warning of a failure",
  "warning-allowed": "allowWarning made a success of a warning",
  "warning-on-retry": "it succeeded after failed attempts, and its policy warns of that",
  "warning-below": "a task below it ended with a warning",
  branch: "a condition or a value chose its branch",
} as const;

export type ReasonCode = keyof typeof REASONS;
