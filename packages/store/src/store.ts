import type {
  BatchItem,
  ExecutionRow,
  ExecutionTrigger,
  JsonMap,
  JsonValue,
  Label,
  State,
  TaskRunRow,
} from "@capstan/engine";

import type { ExecutionFilter, FlowFilter, KeyValueFilter, LogFilter, MetricFilter, TriggerFilter } from "./filters.ts";

import type { ExpiryQueries } from "./expiry.ts";
import type { ExecutionStatistic, LogStatistic, MetricStatistic, TimePart } from "./statistics.ts";

export type * from "./expiry.ts";
export type * from "./filters.ts";
export type * from "./statistics.ts";

/**
 * The durable store. Every implementation passes `conformance/`.
 *
 * One commit unit is atomic: all of it is durable when the promise resolves, or none of it is. Units committed while
 * another commit is in flight share the next transaction (group commit); their order is kept. A rejected unit leaves
 * nothing behind and does not disturb the others of its group.
 */
export interface Store {
  /** Opens, migrates (by number, each kept with its text) and starts. Called again while it runs it answers as the first time. */
  start(): Promise<void>;
  /** Commits what is pending, then closes. Calls after it reject with `store-closed`. */
  stop(): Promise<void>;
  commit(unit: CommitUnit): Promise<void>;

  readonly executions: ExecutionQueries;
  readonly logs: LogQueries;
  readonly metrics: MetricQueries;
  readonly flows: FlowQueries;
  readonly triggers: TriggerQueries;
  readonly keyValues: KeyValueQueries;
  readonly timers: TimerQueries;
  readonly messages: MessageQueries;
  readonly addedStarts: AddedStartQueries;
  readonly documents: DocumentQueries;
  readonly idempotencyKeys: IdempotencyKeyQueries;
  readonly expiry: ExpiryQueries;
}

/** What one commit writes. Lists are applied in the order of the fields. Absent lists are empty. */
export interface CommitUnit {
  /** A new revision is unapplied until it is named in `appliedFlows`. */
  readonly flows?: readonly FlowRow[];
  /** What follows from these revisions was done; one that has a later revision by now stays unapplied. */
  readonly appliedFlows?: readonly FlowVersion[];
  /** Inserted, or replaced whole by (tenant, id). Where the store has flows of this id, that of the execution is one of them. */
  readonly executions?: readonly ExecutionRow[];
  /** Inserted, or replaced whole by (tenant, executionId, index). */
  readonly taskRuns?: readonly TaskRunWrite[];
  readonly removedTaskRuns?: readonly TaskRunKey[];
  readonly logs?: readonly LogBatch[];
  readonly metrics?: readonly MetricRow[];
  /** Set by (tenant, executionId, key); a timer set again moves. */
  readonly timers?: readonly TimerRow[];
  readonly clearedTimers?: readonly TimerKey[];
  readonly messages?: readonly MessageRow[];
  readonly takenMessages?: readonly MessageKey[];
  /** Inserted, or replaced whole by (tenant, executionId, number). */
  readonly addedStarts?: readonly AddedStartRow[];
  /** Those that the row of their execution holds from then on. */
  readonly takenStarts?: readonly AddedStartKey[];
  readonly triggers?: readonly TriggerRow[];
  readonly removedTriggers?: readonly TriggerKey[];
  readonly keyValues?: readonly KeyValueRow[];
  readonly removedKeyValues?: readonly KeyValueKey[];
  readonly documents?: readonly DocumentRow[];
  readonly removedDocuments?: readonly DocumentKey[];
  /**
   * A key belongs to whoever comes first: a unit with one that another row holds is refused as `store-invalid`. The same row again
   * is no other one, and a row whose time was over when the new one was made is replaced.
   */
  readonly idempotencyKeys?: readonly IdempotencyKeyRow[];
  readonly removedIdempotencyKeys?: readonly IdempotencyKey[];
  /** Removes executions with everything of theirs that is asked for. */
  readonly removedExecutions?: readonly RemovedExecution[];
  readonly removedLogs?: readonly RemovedLogs[];
}

export interface TaskRunWrite {
  readonly tenant: string;
  readonly executionId: string;
  readonly row: TaskRunRow;
}
export interface TaskRunKey {
  readonly tenant: string;
  readonly executionId: string;
  readonly index: number;
}

/** A page of a list, from 0-based `offset`; `total` counts all matches. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
  /** Only where `roughly` allows it. */
  readonly isEstimate?: true;
}
export interface PageRequest<SortKey extends string = string, Place = never> {
  readonly offset: number;
  readonly limit: number;
  /**
   * Only what is behind this in the list's own order, which `sort` must not change; `offset` and `total` begin there. All pages
   * together cost one walk, and what is written meanwhile moves nothing from one page to another.
   */
  readonly after?: Place;
  readonly sort?: readonly { readonly key: SortKey; readonly descending: boolean }[];
  /** Nobody asks for the total, which then says nothing. Saves what counting all matches costs. */
  readonly uncounted?: boolean;
  /**
   * The total may be an estimate where counting all matches would take long. It is greater than what is known of while a page is full,
   * so that whoever goes on until one is not, or until the total, misses nothing of what is there.
   */
  readonly roughly?: boolean;
}

// Executions -----------------------------------------------------------------------------------------------------

export type ExecutionSortKey = "id" | "startDate" | "endDate" | "duration" | "state" | "namespace" | "flowId";

export type ExecutionField = "namespace" | "flowId" | "state" | "kind" | "labels";

export interface ExecutionQueries {
  get(tenant: string, id: string): Promise<ExecutionRow | undefined>;
  /** In order of index. */
  taskRuns(tenant: string, executionId: string): Promise<readonly TaskRunRow[]>;
  /** Both of many executions, in the order of the keys; those that are not there are left out. */
  whole(keys: readonly ExecutionKey[]): Promise<readonly WholeExecution[]>;
  search(filter: ExecutionFilter, page: PageRequest<ExecutionSortKey, ExecutionRow>): Promise<Page<ExecutionRow>>;
  /** Keys of executions in the given states, oldest first; pages through with the last key as `after`. */
  listByState(
    states: readonly State[],
    limit: number,
    after?: ExecutionKey,
  ): Promise<
    readonly (ExecutionKey & { readonly namespace: string; readonly flowId: string; readonly state: State })[]
  >;
  /** Number of executions per flow in the given states (for concurrency limits). */
  countByFlow(tenant: string, namespace: string, flowId: string, states: readonly State[]): Promise<number>;
  /** Most recent execution of each of the given flows. */
  latest(tenant: string, flows: readonly FlowKey[]): Promise<readonly ExecutionRow[]>;
  /** Counts executions by the part of time in which they start, and by state; in order of the parts. */
  statistics(
    filter: ExecutionFilter,
    parts: readonly TimePart[],
    by?: "NAMESPACE" | "FLOW",
  ): Promise<readonly ExecutionStatistic[]>;
  /** The values that a field has, sorted; labels as `key:value`. No more than `limit` of them. */
  distinct(filter: ExecutionFilter, field: ExecutionField, limit: number): Promise<readonly string[]>;
}
export interface ExecutionKey {
  readonly tenant: string;
  readonly id: string;
}
export interface WholeExecution {
  readonly row: ExecutionRow;
  /** In order of index. */
  readonly taskRuns: readonly TaskRunRow[];
}
export interface RemovedExecution extends ExecutionKey {
  /** The execution itself stays, with its task runs: only what is asked for goes. */
  readonly keepsExecution?: boolean;
  readonly logs: boolean;
  readonly metrics: boolean;
}

// Logs and metrics -----------------------------------------------------------------------------------------------

export type LogLevel = "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR";
export interface LogLine {
  /** Epoch milliseconds. */
  readonly time: number;
  readonly level: LogLevel;
  readonly message: string;
}
/** Lines of one source, written together; one row of the store. */
export interface LogBatch {
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly executionId?: string;
  readonly triggerId?: string;
  readonly taskId?: string;
  readonly taskRunId?: string;
  readonly taskRunIndex?: number;
  readonly attempt?: number;
  readonly lines: readonly LogLine[];
}
/** One line with its source, as queries return it; `sequence` orders lines of equal time. */
export type LogEntry = Omit<LogBatch, "lines"> & LogLine & { readonly sequence: number };

/** Where a page of lines ends. */
export interface LogPlace {
  readonly time: number;
  readonly sequence: number;
  /** No batch whose first line is older has lines behind the place. */
  readonly openSince: number;
}
export interface LogPage extends Page<LogEntry> {
  /** The place of its last line; absent where there is none, and where the newest come first. */
  readonly end?: LogPlace;
}

/** Which lines go. */
export interface RemovedLogs extends LogFilter {
  /** Only batches of which every line passes: the others are not looked at. */
  readonly wholeBatches?: boolean;
}

export interface LogQueries {
  /** Ordered by time, then sequence. `after` is where the page before ended, as it says in `end`. */
  search(filter: LogFilter, page: PageRequest<"timestamp", LogPlace>): Promise<LogPage>;
  /** Counts lines by the part of time they are of, and by level; in order of the parts. */
  statistics(filter: LogFilter, parts: readonly TimePart[]): Promise<readonly LogStatistic[]>;
}

export interface MetricRow {
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly executionId: string;
  readonly taskId: string;
  readonly taskRunId: string;
  readonly name: string;
  readonly type: "counter" | "timer" | "gauge";
  /** Timers in milliseconds. */
  readonly value: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly time: number;
}
export interface MetricQueries {
  search(filter: MetricFilter, page: PageRequest<"timestamp" | "name">): Promise<Page<MetricRow>>;
  /** Sums up values by the part of time they are of; in order of the parts, without the empty ones. */
  statistics(filter: MetricFilter, parts: readonly TimePart[]): Promise<readonly MetricStatistic[]>;
  /** The values that a field has, sorted. */
  distinct(filter: MetricFilter, field: "name" | "taskId"): Promise<readonly string[]>;
}

// Flows ----------------------------------------------------------------------------------------------------------

export interface FlowKey {
  readonly tenant: string;
  readonly namespace: string;
  readonly id: string;
}
/** One revision of a flow. The latest revision says whether the flow is deleted. */
export interface FlowRow extends FlowKey {
  readonly revision: number;
  /** The YAML as the author wrote it. */
  readonly source: string;
  /** What checking the source came to, as text; opaque here. Saves whoever wrote it from checking again. */
  readonly checked?: string;
  readonly deleted: boolean;
  readonly disabled: boolean;
  readonly description?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Ids and types of its triggers, so that a start need not parse every flow. */
  readonly triggers: readonly { readonly id: string; readonly type: string }[];
  readonly updatedAt: number;
}
/** One revision of a flow. */
export interface FlowVersion extends FlowKey {
  readonly revision: number;
}
export interface FlowQueries {
  /** The given revision, or the latest; deleted ones only when a revision is given or asked for. */
  get(key: FlowKey, options?: { revision?: number; includeDeleted?: boolean }): Promise<FlowRow | undefined>;
  revisions(key: FlowKey): Promise<readonly FlowRow[]>;
  /** Every flow of a tenant that there has ever been, the deleted ones as well, sorted. */
  keys(tenant: string): Promise<readonly FlowKey[]>;
  search(filter: FlowFilter, page: PageRequest<"id" | "namespace" | "updatedAt", FlowKey>): Promise<Page<FlowRow>>;
  /** Every namespace that holds a flow, of one tenant, sorted. */
  namespaces(tenant: string): Promise<readonly string[]>;
  /** Latest, undeleted flows of all tenants that have a trigger of this type, without source and checked form. */
  withTrigger(type: string): Promise<readonly Omit<FlowRow, "source" | "checked">[]>;
  /** Flows, deleted ones as well, whose latest revision is not applied; at most `limit`, those behind `after`, by key. */
  unapplied(limit: number, after?: FlowKey): Promise<readonly FlowKey[]>;
}

// Triggers -------------------------------------------------------------------------------------------------------

export interface TriggerKey {
  readonly tenant: string;
  readonly namespace: string;
  readonly flowId: string;
  readonly triggerId: string;
}
export interface Backfill {
  readonly start: number;
  readonly end: number;
  readonly currentDate: number;
  readonly paused: boolean;
  readonly inputs: JsonMap;
  readonly labels: readonly Label[];
}
export interface TriggerRow extends TriggerKey {
  readonly type: string;
  /** Last evaluated (logical) date. */
  readonly date?: number;
  /** When it is next due; absent for triggers that wait for events. */
  readonly nextDate?: number;
  /** When a process that starts is to look at it, at the latest; absent while nothing but an event can make it due. */
  readonly wakeAt?: number;
  /** The running execution that locks it. */
  readonly executionId?: string;
  readonly disabled: boolean;
  readonly backfill?: Backfill;
  /** What the kind of trigger remembers (marks of preconditions, state of a poll). */
  readonly memory?: JsonMap;
  readonly updatedAt: number;
}
/** Epoch milliseconds. */
export interface WakeRange {
  readonly after: number;
  readonly until: number;
}
export interface TriggerQueries {
  get(key: TriggerKey): Promise<TriggerRow | undefined>;
  search(
    filter: TriggerFilter,
    page: PageRequest<"triggerId" | "flowId" | "namespace" | "nextDate" | "date", TriggerKey>,
  ): Promise<Page<TriggerRow>>;
  /** Those of one flow, by their ids. */
  ofFlow(key: FlowKey): Promise<readonly TriggerRow[]>;
  /** Rows of all tenants to wake after one time and up to another, earliest first; at most `limit`, those behind a row. */
  toWake(range: WakeRange, limit: number, behind?: TriggerRow): Promise<readonly TriggerRow[]>;
  /** The earliest time beyond `after` at which a row is to be woken. */
  nextWake(after: number): Promise<number | undefined>;
}

// Key-values, timers, messages, documents ------------------------------------------------------------------------

export interface KeyValueKey {
  readonly tenant: string;
  readonly namespace: string;
  readonly key: string;
}
export interface KeyValueRow extends KeyValueKey {
  readonly value: JsonValue;
  /** How the value reads back: plain JSON, or a duration, date or instant kept as ISO text. */
  readonly type: "STRING" | "NUMBER" | "BOOLEAN" | "JSON" | "DATETIME" | "DATE" | "DURATION";
  readonly description?: string;
  /** Epoch milliseconds; afterwards the key reads as missing. */
  readonly expiresAt?: number;
  /** How many times it was set since it was made; absent for once. */
  readonly revision?: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}
export interface KeyValueQueries {
  /** Expired rows are treated as missing at `now`. */
  get(key: KeyValueKey, now: number): Promise<KeyValueRow | undefined>;
  list(tenant: string, namespace: string, now: number, prefix?: string): Promise<readonly KeyValueRow[]>;
  /** Across namespaces; by namespace and key unless it is asked otherwise. */
  search(
    filter: KeyValueFilter,
    now: number,
    page: PageRequest<"key" | "namespace" | "updatedAt" | "expiresAt">,
  ): Promise<Page<KeyValueRow>>;
}

/** Something an execution waits for: the end of a pause, a retry, a limit of time. */
export interface TimerKey {
  readonly tenant: string;
  readonly executionId: string;
  readonly key: string;
}
export interface TimerRow extends TimerKey {
  /** Epoch milliseconds. */
  readonly at: number;
}
export interface TimerQueries {
  /** All timers, earliest first. */
  all(): Promise<readonly TimerRow[]>;
}

/** A message for an execution that must survive a crash between its sender's commit and its receiver's. */
export interface MessageKey {
  readonly tenant: string;
  readonly executionId: string;
  readonly id: string;
}
export interface MessageRow extends MessageKey {
  readonly body: JsonValue;
}
export interface MessageQueries {
  /** In order of arrival. */
  all(): Promise<readonly MessageRow[]>;
}

/** A start that is added to an execution which has not begun. */
export interface AddedStartKey {
  readonly tenant: string;
  readonly executionId: string;
  /** From 1, in the order in which they came. */
  readonly number: number;
}
export interface AddedStartRow extends AddedStartKey {
  readonly item: BatchItem;
}
export interface AddedStartQueries {
  /** Those of these executions: of each in order of number. */
  of(keys: readonly ExecutionKey[]): Promise<readonly AddedStartRow[]>;
}

/** Small administrative records (settings, namespaces' properties, dashboards…), by kind and id. */
export interface DocumentKey {
  readonly tenant: string;
  readonly kind: string;
  readonly id: string;
}
export interface DocumentRow extends DocumentKey {
  readonly body: JsonValue;
  readonly updatedAt: number;
}
export interface DocumentQueries {
  get(key: DocumentKey): Promise<DocumentRow | undefined>;
  list(tenant: string, kind: string): Promise<readonly DocumentRow[]>;
  /** Those of all tenants, by tenant and id. Walks over the documents of other kinds. */
  ofKind(kind: string): Promise<readonly DocumentRow[]>;
}

/** What the header `Idempotency-Key` of a request, and whose request it is, come to. */
export interface IdempotencyKey {
  readonly tenant: string;
  readonly id: string;
}
/** What a request created, written in the commit that creates it: the same request again finds it. */
export interface IdempotencyKeyRow extends IdempotencyKey {
  /** Of the request: one with the same key and another fingerprint is a mistake. */
  readonly fingerprint: string;
  /** The execution that was created, if it is one. */
  readonly executionId?: string;
  /** What was created or answered otherwise; opaque here. */
  readonly result?: JsonValue;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Epoch milliseconds; from then on the key is free. */
  readonly expiresAt: number;
}
export interface IdempotencyKeyQueries {
  /** Also one whose time is over. */
  get(key: IdempotencyKey): Promise<IdempotencyKeyRow | undefined>;
  /** Of all tenants, those that expire first; at most `limit`. */
  expiring(limit: number): Promise<readonly IdempotencyKeyRow[]>;
}

export type { ExecutionRow, ExecutionTrigger, TaskRunRow };
