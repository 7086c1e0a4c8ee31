import type { Check, CheckedFlow, Input, JsonMap, JsonValue } from "@capstan/model";
import type {
  ExecutionKind,
  ExecutionRow,
  FetchType,
  HistoryEntry,
  Label,
  State,
  TaskRunRow,
  UnmetCondition,
  Wait,
  WebhookContent,
} from "@capstan/engine";
import type {
  Backfill,
  ExecutionFilter,
  ExecutionSortKey,
  FlowKey,
  FlowRow,
  Page,
  PageRequest,
  Store,
  TriggerKey,
  TriggerRow,
} from "@capstan/store";
import type { Services } from "@capstan/sdk";
import type { Evaluation } from "./triggers/evaluations.ts";
import type { FINDINGS } from "./triggers/findings.ts";
import type { Storage } from "@capstan/storage";
import type { HeldKey, RequestKeys } from "./idempotency/request-keys.ts";
import type { QueueState } from "./flow-control/queue-states.ts";
import type { Purged, PurgeRequest } from "./purge/purge.ts";
import type { Crew } from "./worker/remote/crew.ts";

export type { FetchType, Purged, PurgeRequest, QueueState };

/** A running Capstan, as the server and the command line see it. */
export interface Runtime {
  /** Opens the store, recovers what was going on, and takes work. */
  start(): Promise<void>;
  /** Takes no new work, lets what runs end within `graceMs`, commits, closes. */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
  readonly flows: FlowService;
  readonly executions: ExecutionService;
  readonly triggers: TriggerService;
  readonly store: Store;
  readonly storage: Storage;
  readonly requestKeys: Pick<RequestKeys, "hold">;
  /** Every limit of a tenant at work, those first that most wait for. */
  queues(tenant: string): readonly QueueState[];
  /** Workers of other processes, where there may be any. */
  readonly workers: WorkerLines | undefined;
  /** Key-values, namespace files and secrets of a tenant. A request's key is committed with the first key-value that is set. */
  services(tenant: string, requestKey?: HeldKey): Services;
  /** Names of the secrets of a tenant, sorted. */
  secretNames(tenant: string): Promise<readonly string[]>;
}

/** The ends of the lines to workers of other processes. */
export type WorkerLines = Pick<Crew, "connect" | "disconnected" | "receive" | "mayUse" | "list">;

export interface FlowService {
  check(source: string): CheckedFlow;
  /**
   * Checks and stores; the same content again keeps the revision. What `check` made of the source before need not be made again:
   * it is given as `checked`. Throws `RequestError` (422 `flow-invalid` with every
   * error in `problems`; 422 `flow-exists` for `mode: "create"`; 404 `flow-not-found` for `mode: "update"`).
   */
  save(
    tenant: string,
    source: string,
    options?: {
      readonly mode?: "create" | "update" | "apply";
      readonly key?: { namespace: string; id: string };
      readonly checked?: CheckedFlow;
      readonly requestKey?: HeldKey | undefined;
      /** Tells what would come of it, and stores nothing. */
      readonly dryRun?: boolean;
    },
  ): Promise<SavedFlow>;
  get(key: FlowKey, revision?: number): Promise<FlowRow | undefined>;
  /** The checked form of a stored revision, or of the latest. Throws `RequestError` 404. */
  checked(key: FlowKey, revision?: number): Promise<{ readonly row: FlowRow; readonly checked: CheckedFlow }>;
  delete(key: FlowKey): Promise<boolean>;
  setDisabled(key: FlowKey, disabled: boolean): Promise<FlowRow>;
}

export interface SavedFlow {
  readonly row: FlowRow;
  readonly changed: boolean;
  /** Whether there was none of this id, or it had been deleted. */
  readonly isNew: boolean;
  readonly checked: CheckedFlow;
}

export interface ExecutionWithRuns {
  readonly row: ExecutionRow;
  readonly taskRuns: readonly TaskRunRow[];
}

export interface CreateExecution {
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly revision?: number;
  /** As posted: text, or `kestra:///` URIs for files already stored under `id`. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly labels?: readonly Label[];
  readonly scheduleDate?: number;
  readonly kind?: ExecutionKind;
  /** Chosen beforehand, to store uploaded inputs under it (`newId()`). */
  readonly id?: string;
  readonly trigger?: { readonly id: string; readonly type: string; readonly variables: JsonMap };
  /** Who asks for it, as far as that is known. */
  readonly by?: string | undefined;
  /** For `system.from`. */
  readonly from?: "api" | "trigger" | "subflow" | "cli";
  /** Its row goes into the commit that creates the execution. */
  readonly requestKey?: HeldKey | undefined;
}

/** One input as a start or a resume would see it. */
export interface CheckedInput {
  readonly input: Input;
  /** Absent when there is none, or it is refused; SECRET values are masked. */
  readonly value?: JsonValue;
  /** False when what it depends on switches it off. */
  readonly enabled: boolean;
  /** Nobody gave the value. */
  readonly isDefault: boolean;
  readonly problems: readonly string[];
}

export interface CheckedInputs {
  readonly inputs: readonly CheckedInput[];
  /** The checks of the flow that don't hold; none while an input is refused. */
  readonly failedChecks: readonly Check[];
}

export interface FollowEvent {
  readonly row: ExecutionRow;
  readonly taskRuns: readonly TaskRunRow[];
  /** No further event will come. */
  readonly last: boolean;
}

/** Who does something to an execution, as far as that is known; its history tells. */
export interface Acting {
  readonly by?: string | undefined;
}

/** What happened to an execution, oldest first. */
export interface ExecutionHistory extends ExecutionWithRuns {
  readonly entries: readonly HistoryEntry[];
}

/** Where an execution stands among those that wait for the same. */
export interface SlotStanding {
  readonly limit?: number;
  /** Epoch milliseconds of the next window, where it waits for a quota. */
  readonly until?: number;
  /** From 1. */
  readonly position: number;
  readonly waiting: number;
  readonly running: number;
  /** Some of those that run, those that began first. */
  readonly holders: readonly string[];
}

/** An execution that another one waits for. */
export interface AwaitedExecution {
  readonly id: string;
  /** Absent while it is being created, and of more than are looked up. */
  readonly row?: ExecutionRow;
}

export interface ExplainedWait extends Wait {
  readonly slot?: SlotStanding;
  readonly awaited?: readonly AwaitedExecution[];
}

/** Why an execution is where it is. */
export interface ExecutionExplanation extends ExecutionWithRuns {
  /** What it waits for, at most `WAITS_MAX`; nothing once it has ended. */
  readonly waits: readonly ExplainedWait[];
  readonly waitsTotal: number;
  /** What its history gives reasons for: the newest `REASONS_MAX`, oldest first. */
  readonly reasons: readonly HistoryEntry[];
  /** Why its flow can't be read, so that nothing drives it until it has ended. */
  readonly flowProblem?: string;
}

export interface ExecutionService {
  newId(): string;
  /** Resolves when the execution is durable. Throws `RequestError` (404 flow, 409 disabled, 422 inputs or checks). */
  create(request: CreateExecution): Promise<ExecutionRow>;
  get(tenant: string, id: string): Promise<ExecutionWithRuns | undefined>;
  search(filter: ExecutionFilter, page: PageRequest<ExecutionSortKey, ExecutionRow>): Promise<Page<ExecutionRow>>;
  /** Resolves once the execution is in a terminal state (and after-tasks are through), or the signal aborts (undefined). */
  ended(tenant: string, id: string, signal?: AbortSignal): Promise<ExecutionWithRuns | undefined>;
  /** Calls back with the state as it is now, then after each committed change, until the end or until `stop` is called. */
  follow(tenant: string, id: string, listener: (event: FollowEvent) => void): { stop(): void };
  /** Calls back with each committed log batch of the execution. */
  followLogs(
    tenant: string,
    id: string,
    listener: (batch: import("@capstan/store").LogBatch) => void,
  ): { stop(): void };
  /** All that happened to an execution. Throws `RequestError` 404. */
  history(tenant: string, id: string): Promise<ExecutionHistory>;
  /** Why an execution is where it is. Throws `RequestError` 404. */
  explain(tenant: string, id: string): Promise<ExecutionExplanation>;
  kill(tenant: string, id: string, options?: Acting & { readonly cascade?: boolean }): Promise<void>;
  pause(tenant: string, id: string, acting?: Acting): Promise<void>;
  resume(tenant: string, id: string, inputs?: Readonly<Record<string, unknown>>, acting?: Acting): Promise<void>;
  /** Decides about an Approval that waits. Throws `RequestError` (404, 409, 422). */
  review(tenant: string, id: string, request: ReviewRequest): Promise<void>;
  forceRun(tenant: string, id: string, acting?: Acting): Promise<ExecutionRow>;
  unqueue(
    tenant: string,
    id: string,
    state: "RUNNING" | "CANCELLED" | "FAILED",
    acting?: Acting,
  ): Promise<ExecutionRow>;
  /**
   * Answers the execution as it is restarted, before it goes on: under another `revision` a new one that goes on where this one
   * failed. `callerAttempt` when a task run of another execution asks for it.
   */
  restart(
    tenant: string,
    id: string,
    options?: Acting & {
      readonly revision?: number;
      readonly callerAttempt?: number;
      readonly requestKey?: HeldKey | undefined;
    },
  ): Promise<ExecutionWithRuns>;
  /** Answers the new execution as it begins. */
  replay(
    tenant: string,
    id: string,
    options?: Acting & {
      readonly taskRunId?: string;
      readonly revision?: number;
      readonly inputs?: Readonly<Record<string, unknown>>;
      readonly requestKey?: HeldKey | undefined;
    },
  ): Promise<ExecutionWithRuns>;
  changeStatus(tenant: string, id: string, state: State, acting?: Acting): Promise<ExecutionRow>;
  /** Answers the execution before it goes on. */
  changeTaskRunState(
    tenant: string,
    id: string,
    taskRunId: string,
    state: State,
    acting?: Acting,
  ): Promise<ExecutionWithRuns>;
  setLabels(tenant: string, id: string, labels: readonly Label[], acting?: Acting): Promise<ExecutionRow>;
  delete(
    tenant: string,
    id: string,
    options: { readonly logs: boolean; readonly metrics: boolean; readonly storage: boolean },
  ): Promise<boolean>;
  /** Removes executions that have expired, with what is asked for of theirs; those that live are left alone. */
  purge(request: PurgeRequest): Promise<Purged>;
  /** Renders an expression with the scope of a task run, or of the whole execution, for debugging. */
  evaluate(tenant: string, id: string, taskRunId: string | undefined, expression: string): Promise<string>;
  /** Checks inputs as `create` would, without starting anything. Throws `RequestError` 404. */
  checkInputs(request: CreateExecution): Promise<CheckedInputs>;
  /** Checks inputs as `resume` would. Throws `RequestError` (404, 409 when the execution is not paused). */
  checkResumeInputs(tenant: string, id: string, inputs: Readonly<Record<string, unknown>>): Promise<CheckedInputs>;
  /** Checks inputs as `review` would. Throws `RequestError` (404, 409 when nothing waits for a review). */
  checkReviewInputs(
    tenant: string,
    id: string,
    taskRunId: string | undefined,
    inputs: Readonly<Record<string, unknown>>,
  ): Promise<CheckedInputs>;
}

/** What a reviewer says to an Approval. */
export interface ReviewRequest {
  /** Needed when several Approvals wait. */
  readonly taskRunId?: string | undefined;
  readonly decision: "APPROVED" | "DENIED";
  readonly comment?: string | undefined;
  /** Who decides, as far as it is known. */
  readonly by?: string | undefined;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

/**
 * Reads the body of a call, once it is known what the trigger does with it and that it may be called. `watch` is given the bytes as
 * they came; a body that can't be given to it, a form, is refused with `webhook-signature`.
 */
export type WebhookBody = (fetchType: FetchType, watch?: (bytes: Uint8Array) => void) => ReadBody | Promise<ReadBody>;

export interface ReadBody extends WebhookContent {
  /** The execution to start, where files were stored under its id. */
  readonly executionId?: string;
}

/** What a call of a webhook brings. */
export interface WebhookCall {
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly key: string;
  readonly body: WebhookBody | undefined;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly requestKey?: HeldKey | undefined;
}

/** The execution that a webhook started, and how its trigger wants it answered. */
export interface WebhookStart {
  readonly row: ExecutionRow;
  /** The caller wants the end. */
  readonly wait: boolean;
  readonly returnOutputs: boolean;
  readonly responseContentType?: string;
  /** The status to answer with, where the trigger says one; for who waits, asked for when the execution has ended. */
  readonly responseCode?: () => Promise<number | undefined>;
}

/** One thing that keeps a trigger from firing, or would make it. */
export interface Finding {
  readonly code: keyof typeof FINDINGS;
  readonly text: string;
  /** Nothing makes it fire before this is over. */
  readonly blocks: boolean;
  /** Epoch milliseconds. */
  readonly until?: number;
  readonly executionId?: string;
}

/** One thing that a flow trigger waits for, and the execution that met it within the window. */
export interface GatheredEntry {
  /** Of its preconditions and its place in them, such as `all/flow:0`. */
  readonly name: string;
  /** Epoch milliseconds; absent while it is missing. */
  readonly at?: number;
  readonly executionId?: string;
}

/** A date of a schedule, and what its conditions say of it now. */
export interface AskedDate {
  /** Epoch milliseconds. */
  readonly date: number;
  readonly holds: boolean;
  readonly failure?: string;
  readonly unmet?: UnmetCondition;
}

export interface TriggerExplanation {
  readonly key: TriggerKey;
  readonly type: string;
  readonly row?: TriggerRow;
  /** What blocks comes first. */
  readonly findings: readonly Finding[];
  /** Of a schedule: its last date, and the next one. */
  readonly dates?: readonly AskedDate[];
  /** Why its schedule can't be read. */
  readonly scheduleMistake?: string;
  readonly gathered: readonly GatheredEntry[];
  /** The last time that it was evaluated and nothing came of it. */
  readonly evaluation?: Evaluation;
  /** The last execution that it started, when that is among the newest of its flow. */
  readonly last?: ExecutionRow;
  /** What it would make of the execution that was named. */
  readonly asked?: { readonly fires: boolean; readonly evaluation?: Evaluation };
}

export interface TriggerService {
  /**
   * Starts an execution by webhook. Throws `RequestError` (404 unknown flow or key, 409 disabled or conditions not met,
   * 422 inputs).
   */
  readonly webhook: (call: WebhookCall) => Promise<WebhookStart>;
  /**
   * What `webhook` answered when it started this execution, which is answered as it is now; undefined when it is gone. `startId`
   * where several calls started it.
   */
  readonly webhookStart: (tenant: string, executionId: string, startId?: string) => Promise<WebhookStart | undefined>;
  readonly search: (
    filter: Parameters<Store["triggers"]["search"]>[0],
    page: Parameters<Store["triggers"]["search"]>[1],
  ) => Promise<Page<TriggerRow>>;
  /**
   * Why a trigger did not fire, and what would make it; with an `executionId`, what a flow trigger would make of that execution.
   * Throws `RequestError` (404) for a flow, a trigger or an execution that there is not.
   */
  explain(key: TriggerKey, executionId?: string): Promise<TriggerExplanation>;
  /**
   * Starts an execution as the trigger would, by the `trigger` variables that are given and samples of the others, with the label
   * `system.test`. The trigger's own state stays. Throws `RequestError` (404 for a flow or a trigger that there is not; 409, 422).
   */
  testFire(key: TriggerKey, variables?: JsonMap): Promise<ExecutionRow>;
  setDisabled(key: TriggerKey, disabled: boolean): Promise<TriggerRow>;
  unlock(key: TriggerKey): Promise<TriggerRow>;
  restart(key: TriggerKey): Promise<TriggerRow>;
  setBackfill(key: TriggerKey, backfill: Backfill | undefined): Promise<TriggerRow>;
  /**
   * Forgets what is known of a trigger: its dates, its backfill, that it was disabled. One that its flow still has begins
   * anew. Throws `RequestError` (404 when nothing is known, 409 while an execution locks it).
   */
  forget(key: TriggerKey): Promise<void>;
}
