import type { State } from "@capstan/engine";
import type { LogFilter } from "./filters.ts";
import type { ExecutionKey, FlowKey } from "./store.ts";

/** Which executions have expired: the first rule that is about one decides, and those without a rule are kept. */
export type Expiry = readonly ExpiryRule[];

/** About the executions that have all of what is given. Dates are epoch milliseconds. */
export interface ExpiryRule {
  readonly tenant?: string;
  /** Exact namespace. */
  readonly namespace?: string;
  /** The namespace itself or any below it. */
  readonly namespacePrefix?: string;
  readonly flowId?: string;
  readonly states?: readonly State[];
  /** Those that started from then on have expired; all by default. */
  readonly startAfter?: number;
  /** Those that have ended by then have expired; none of them where it is absent. What has not ended never has. */
  readonly endBefore?: number;
}

/** An execution that has expired, and its place among them. */
export interface ExpiredExecution extends ExecutionKey {
  readonly namespace: string;
  readonly flowId: string;
  readonly startDate: number;
  readonly endDate: number;
}

/** How much there is of an execution. */
export interface ExecutionExtent {
  /** Absent while it lives. */
  readonly endDate?: number;
  readonly taskRuns: number;
  readonly logLines: number;
  readonly metrics: number;
}

/** Executions whose rows are kept together, so that they can go at one stroke. */
export interface Span {
  readonly name: string;
  /** Ids from the least, up to but without the end, compared by their bytes. */
  readonly least: string;
  readonly end: string;
}

export interface SpanRemoval {
  /** Lines and metrics are only counted for who wants to know: that takes longer than all else. */
  readonly counted?: boolean;
  /** Ends the wait for those who read. */
  readonly signal?: AbortSignal | undefined;
}

export interface RemovedSpan {
  /** Flows that had executions in it, of all tenants, sorted. */
  readonly flows: readonly FlowKey[];
  readonly executions: number;
  /** Of lines and of metrics, when it is asked for. */
  readonly counts?: { readonly logLines: number; readonly metrics: number };
}

/** Batches of lines that go together. */
export interface LogSlice {
  /** The time of the last line of the last of them, in epoch milliseconds. */
  readonly until: number;
  readonly lines: number;
}

/** What is removed because of its age. */
export interface ExpiryQueries {
  /** Executions of a tenant that have expired, the oldest start first, then by id; those behind `after`. */
  list(tenant: string, expiry: Expiry, limit: number, after?: ExpiredExecution): Promise<readonly ExpiredExecution[]>;
  /** In the order of the keys; undefined for an execution that is not there. */
  extents(keys: readonly ExecutionKey[]): Promise<readonly (ExecutionExtent | undefined)[]>;
  /**
   * The first so many batches of which every line passes, by the time of their last line, with those of the same time as the last of them;
   * undefined where there is none. What `removedLogs` removes with `before: until` and `wholeBatches`.
   */
  logSlice(filter: LogFilter, batches: number): Promise<LogSlice | undefined>;
  /** The oldest first; none where the store has no such thing. */
  spans(): Promise<readonly Span[]>;
  /**
   * Removes a span with everything in it, if it is over, all of its executions have expired and nothing waits for one of them; answers
   * what went. Otherwise nothing goes, and it answers nothing. Rejects with `store-busy` while others read it for long: the next attempt
   * may do.
   */
  removeSpan(span: Span, expiry: Expiry, options?: SpanRemoval): Promise<RemovedSpan | undefined>;
}
