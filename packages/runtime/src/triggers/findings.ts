/** What keeps a trigger from firing, or would make it, with what it means; the reference is made of it. */
export const FINDINGS = {
  "flow-disabled": "the flow is disabled",
  "trigger-disabled": "the flow says `disabled: true` for the trigger",
  "switched-off": "somebody switched it off, or `stopAfter` did",
  "unknown-type": "no plugin of the server has its type",
  "triggers-off": "the process lets no trigger fire by itself",
  locked: "an execution that it started has not ended, and `allowConcurrent` is not set",
  backfill: "a backfill runs, and the schedule stands still meanwhile; or it is paused",
  "no-date-left": "its schedule has no further date",
  date: "it fires at its next date whose conditions hold",
  asked: "it is asked at its interval",
  listens: "it listens for events",
  called: "it fires when it is called",
  event: "it fires with an event of its plugin",
  "flow-ends": "it looks at executions of other flows that come into a state",
} as const;
