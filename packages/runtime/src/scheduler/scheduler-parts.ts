import type { Environment } from "@capstan/expression";
import type { Flow, JsonMap, JsonValue, Trigger } from "@capstan/model";
import type { Label } from "@capstan/engine";
import type { FlowKey, Store, TriggerKey, TriggerRow } from "@capstan/store";
import type { Logger } from "pino";
import type { Clock } from "../clock.ts";
import type { Evaluation } from "../triggers/evaluations.ts";
import type { CompiledFlow } from "../executor/plan-cache.ts";
import type { PollFinding, TriggerFinding } from "../worker/worker.ts";

/** The latest revision of a flow, as the scheduler needs it. */
export interface ScheduledFlow {
  readonly flow: Flow;
  readonly revision: number;
  /** For the executions that it starts. */
  readonly compiled?: CompiledFlow;
}

/** How triggers of a type work: by a schedule, by asking at intervals, by listening, or by events that come to the server. */
export type TriggerKind = "schedule" | "polling" | "realtime" | "event";

/** An execution to create. */
export interface FireRequest {
  /** Id of the new execution; the row names it when the execution locks the trigger. */
  readonly executionId: string;
  readonly flow: FlowKey;
  readonly revision: number;
  readonly compiled?: CompiledFlow | undefined;
  readonly trigger: Trigger;
  /** Rendered, not yet coerced. */
  readonly inputs: JsonMap;
  /** Labels of the trigger and of its backfill, rendered. */
  readonly labels: readonly Label[];
  /** What `trigger` shows. */
  readonly variables: JsonMap;
  /** Logical date, epoch milliseconds, of triggers that have one. */
  readonly scheduleDate?: number;
  /** The trigger could not be evaluated: create the execution as FAILED, with this reason. */
  readonly failure?: string;
  /** Waits for the commit however long nothing can be written: who gave the event is told once it is durable. */
  readonly isPatient: boolean;
}

/** Asks a polling trigger, or runs a realtime one. */
export interface TriggerCall {
  readonly key: FlowKey;
  readonly flow: ScheduledFlow;
  readonly trigger: Trigger;
  /** Of the execution that a question may start. */
  readonly executionId: string;
  /** How far the trigger got. */
  readonly position: JsonValue | undefined;
  /** Aborts when the trigger changes, is disabled, or the scheduler stops. */
  readonly signal: AbortSignal;
}

/** Everything that the scheduler needs of its process. */
export interface SchedulerParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Zone of schedules that name none. */
  readonly timeZone: string;
  /** What schedules do that don't say what becomes of missed dates. */
  readonly recoverMissedSchedules?: "ALL" | "LAST" | "NONE";
  /** How long a polling trigger may take to answer, in milliseconds. */
  readonly pollLimitMs?: number;
  newId(): string;
  readonly kindOf: (type: string) => TriggerKind;
  /** The latest revision; undefined when the flow is deleted or can't be read. */
  compiled(key: FlowKey): Promise<ScheduledFlow | undefined>;
  environment(tenant: string, namespace: string, flowId: string): Environment;
  /** Roots of expressions that the server provides. */
  readonly globals: Readonly<Record<string, unknown>>;
  /**
   * Commits the new execution and the row of the trigger in one unit; answers the row when both are durable. Which row it is may
   * depend on whether the execution ends in that unit as well. Rejects with a `RequestError` when the execution is refused and neither was or will be written. Any other rejection leaves open whether
   * the unit will be durable; the scheduler then goes on as if it were, and never fires the date again.
   */
  fire(request: FireRequest, key: TriggerKey, rowFor: (hasEnded: boolean) => TriggerRow): Promise<TriggerRow>;
  /** The event that a polling trigger found, if any. Rejects when the question failed. */
  poll(call: TriggerCall): Promise<PollFinding | undefined>;
  /** Hears why nothing came of a question or an event. */
  evaluated?(key: TriggerKey, evaluation: Evaluation): void;
  /** Runs until the signal aborts; `emit` resolves when the execution of the event is durable. */
  listen(call: TriggerCall, emit: (event: TriggerFinding) => Promise<void>): Promise<void>;
}
