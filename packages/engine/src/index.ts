export { advance } from "./advance.ts";
export { createLive, rowOfExecution, takeWrites, type Writes } from "./execution/create.ts";
export { asStarted, firstItem, isGathering, withoutBatch } from "./execution/batch.ts";
export { labelMap } from "./execution/label-map.ts";
export { holdsSecrets } from "./inputs/secret-inputs.ts";
export { encryptedText, type Reveal, revealed } from "./execution/encrypted.ts";
export * from "./execution/execution.ts";
export { isPausable, isRestarted } from "./handle.ts";
export { ID_HIGH_END, ID_LOW_END, idOf, retryId, seededId } from "./execution/ids.ts";
export { idempotencyKeysOf } from "./execution/idempotency-keys.ts";
export { indexFor } from "./execution/iteration.ts";
export type { LiveExecution, LiveRun } from "./execution/live.ts";
export type { Action, Evaluated, ExecutionNote, LimitReached, TaskRunNote } from "./history/note.ts";
export { HOLDERS_MAX, noted, NOTES_MAX } from "./history/note.ts";
export { lastLimit, limitText } from "./history/limit-text.ts";
export { type HistoryEntry, historyOf } from "./history/history.ts";
export { type Reason, type ReasonCode, REASONS } from "./history/reason.ts";
export { type Wait, WAIT_KINDS, waitsOf } from "./history/wait.ts";
export { hidingOfFlow } from "./history/read-values.ts";
export { createMasking, MASK, type Masking } from "./execution/masking.ts";
export { secretsOf } from "./execution/secrets.ts";
export { allStates } from "./execution/outputs.ts";
export { TurnoverMap } from "./execution/turnover-map.ts";
export { compilePlan, ITEMS_TYPE, MERGE_TYPE, referencesOf, SPLIT_TYPE, type Plan, type PlanNode } from "./plan.ts";
export { restoreLive } from "./recovery/recover.ts";
export { attemptAtWork, rowOf, workerOf } from "./blocks/run.ts";
export { isServedBy, nameOfTarget, type WorkerTarget } from "./blocks/worker-target.ts";
export { ROOT_NAMES, rootOf, scopeFor } from "./execution/scope.ts";
export { mergeLabels } from "./execution/states.ts";
export type { ChildEnd, ChildRequest, Effect, EngineContext, Event, Outcome, Review } from "./turn.ts";
export { delayMs } from "./blocks/retry.ts";
export {
  changedRows,
  goingOn,
  hasRestartPoint,
  replayRows,
  restartRows,
  restartedAnew,
  type Rewound,
} from "./recovery/restart.ts";
export { type RefusedInputs, type ResolvedInputs, resolveInputs } from "./inputs/resolve-inputs.ts";
export { triggerHolds } from "./conditions/trigger-holds.ts";
export type { UnmetCondition } from "./conditions/describe-unmet.ts";
export { type ExplainedResult, explainedHolds } from "./conditions/explained-holds.ts";
export { gather, type Gathering, type Mark, type Marks } from "./triggers/marks.ts";
export { type Hiding, hidingOf } from "./history/read-values.ts";
export type { ConditionResult } from "./conditions/evaluate-conditions.ts";
export { isWebhookKey, webhookInputs, webhookVariables } from "./triggers/webhook.ts";
export type { FetchType, WebhookContent, WebhookPart } from "./triggers/webhook.ts";
export { compileCron } from "./triggers/cron/cron.ts";
export { createZones } from "./triggers/cron/zone.ts";
export { coerceOutput } from "./inputs/coerce-output.ts";
export { describeViolations, type InputViolation } from "./inputs/resolve-inputs.ts";
export type { ConditionContext, UpstreamExecution } from "./conditions/condition.ts";
export type { Cron, CronMistake, Zones } from "./triggers/cron/cron.ts";
export {
  type AskConditions,
  candidateVariables,
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
  gatheringsOf,
  gathersOverTime,
  looksAtState,
} from "./triggers/flow-trigger.ts";
