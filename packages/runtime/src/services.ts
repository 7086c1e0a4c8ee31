import type { Check, CheckedFlow, Input, JsonMap, JsonValue } from "@capstan/model";
import type { ExecutionKind, ExecutionRow, Label, State, TaskRunRow } from "@capstan/engine";
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
import type { Storage } from "@capstan/storage";
import type { HeldKey, RequestKeys } from "./idempotency/request-keys.ts";

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
  /** Key-values, namespace files and secrets of a tenant. A request's key is committed with the first key-value that is set. */
  services(tenant: string, requestKey?: HeldKey): Services;
  /** Names of the secrets of a tenant, sorted. */
  secretNames(tenant: string): Promise<readonly string[]>;
}

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
  kill(tenant: string, id: string, options?: { readonly cascade?: boolean }): Promise<void>;
  pause(tenant: string, id: string): Promise<void>;
  resume(tenant: string, id: string, inputs?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Decides about an Approval that waits. Throws `RequestError` (404, 409, 422). */
  review(tenant: string, id: string, request: ReviewRequest): Promise<void>;
  forceRun(tenant: string, id: string): Promise<ExecutionRow>;
  unqueue(tenant: string, id: string, state: "RUNNING" | "CANCELLED" | "FAILED"): Promise<ExecutionRow>;
  /**
   * Answers the execution as it is restarted, before it goes on: under another `revision` a new one that goes on where this one
   * failed. `callerAttempt` when a task run of another execution asks for it.
   */
  restart(
    tenant: string,
    id: string,
    options?: {
      readonly revision?: number;
      readonly callerAttempt?: number;
      readonly requestKey?: HeldKey | undefined;
    },
  ): Promise<ExecutionWithRuns>;
  /** Answers the new execution as it begins. */
  replay(
    tenant: string,
    id: string,
    options?: {
      readonly taskRunId?: string;
      readonly revision?: number;
      readonly inputs?: Readonly<Record<string, unknown>>;
      readonly requestKey?: HeldKey | undefined;
    },
  ): Promise<ExecutionWithRuns>;
  changeStatus(tenant: string, id: string, state: State): Promise<ExecutionRow>;
  /** Answers the execution before it goes on. */
  changeTaskRunState(tenant: string, id: string, taskRunId: string, state: State): Promise<ExecutionWithRuns>;
  setLabels(tenant: string, id: string, labels: readonly Label[]): Promise<ExecutionRow>;
  delete(
    tenant: string,
    id: string,
    options: { readonly logs: boolean; readonly metrics: boolean; readonly storage: boolean },
  ): Promise<boolean>;
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

/** What a call of a webhook brings. */
export interface WebhookCall {
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly key: string;
  readonly body: string | undefined;
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
  readonly responseCode?: number;
}

export interface TriggerService {
  /**
   * Starts an execution by webhook. Throws `RequestError` (404 unknown flow or key, 409 disabled or conditions not met,
   * 422 inputs).
   */
  readonly webhook: (call: WebhookCall) => Promise<WebhookStart>;
  /** What `webhook` answered when it started this execution, which is answered as it is now; undefined when it is gone. */
  readonly webhookStart: (tenant: string, executionId: string) => Promise<WebhookStart | undefined>;
  readonly search: (
    filter: Parameters<Store["triggers"]["search"]>[0],
    page: Parameters<Store["triggers"]["search"]>[1],
  ) => Promise<Page<TriggerRow>>;
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
