export { advance } from "./advance.ts";
export { createLive, rowOfExecution, takeWrites, type Writes } from "./create.ts";
export { encryptedText, type Reveal, revealed } from "./encrypted.ts";
export * from "./execution.ts";
export { isPausable } from "./handle.ts";
export { ID_HIGH_END, ID_LOW_END, idOf, retryId, seededId } from "./ids.ts";
export { indexFor } from "./iteration.ts";
export type { LiveExecution, LiveRun } from "./live.ts";
export { allStates } from "./outputs.ts";
export { compilePlan, ITEMS_TYPE, MERGE_TYPE, referencesOf, SPLIT_TYPE, type Plan, type PlanNode } from "./plan.ts";
export { restoreLive } from "./recover.ts";
export { attemptAtWork, rowOf } from "./run.ts";
export { labelMap, ROOT_NAMES, rootOf, scopeFor } from "./scope.ts";
export { mergeLabels } from "./states.ts";
export type { ChildEnd, ChildRequest, Effect, EngineContext, Event, Outcome } from "./turn.ts";
export { delayMs } from "./retry.ts";
export { changedRows, replayRows, restartRows, type Rewound } from "./restart.ts";
export { type RefusedInputs, type ResolvedInputs, resolveInputs } from "./inputs/resolve-inputs.ts";
export { evaluateConditions } from "./conditions/evaluate-conditions.ts";
export { isWebhookKey, webhookInputs, webhookVariables } from "./triggers/webhook.ts";
export { compileCron } from "./triggers/cron/cron.ts";
export { createZones } from "./triggers/cron/zone.ts";
export { coerceOutput } from "./inputs/coerce-output.ts";
export { describeViolations, type InputViolation } from "./inputs/resolve-inputs.ts";
export type { ConditionContext, UpstreamExecution } from "./conditions/condition.ts";
export type { Cron, CronMistake, Zones } from "./triggers/cron/cron.ts";
export {
  type AskConditions,
  dueAt,
  dueRun,
  type DueRun,
  recovered,
  startedAnew,
  unlocked,
} from "./triggers/due-run.ts";
export { compileSchedule, type Schedule, SCHEDULE_ON_DATES_TYPE, SCHEDULE_TYPE } from "./triggers/schedule.ts";
export {
  FLOW_TRIGGER_TYPE,
  type FlowTriggerOutcome,
  flowTriggerOutcome,
  looksAtState,
} from "./triggers/flow-trigger.ts";
