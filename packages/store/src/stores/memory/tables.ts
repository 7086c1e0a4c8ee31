import type {
  AddedStartRow,
  DocumentRow,
  ExecutionKey,
  ExecutionRow,
  FlowRow,
  IdempotencyKeyRow,
  KeyValueRow,
  LogBatch,
  MessageRow,
  MetricRow,
  TaskRunRow,
  TimerRow,
  TriggerRow,
} from "../../store.ts";

/** Everything a store holds, by key. Rows are the store's own copies. */
export interface Tables {
  readonly executions: Map<string, ExecutionRow>;
  /** By execution, then by index. */
  readonly taskRuns: Map<string, Map<number, TaskRunRow>>;
  readonly logs: StoredBatch[];
  readonly metrics: MetricRow[];
  /** Revisions of each flow, by revision. */
  readonly flows: Map<string, Map<number, FlowRow>>;
  /** The revision of each flow that is applied. */
  readonly appliedFlows: Map<string, number>;
  readonly triggers: Map<string, TriggerRow>;
  readonly keyValues: Map<string, KeyValueRow>;
  readonly timers: Map<string, TimerRow>;
  /** In order of arrival. */
  readonly messages: Map<string, MessageRow>;
  /** By execution, then by number. */
  readonly addedStarts: Map<string, Map<number, AddedStartRow>>;
  readonly documents: Map<string, DocumentRow>;
  readonly idempotencyKeys: Map<string, IdempotencyKeyRow>;
  /** Number of log lines ever written; orders lines of equal time. */
  lineCount: number;
}

/** A batch and the sequence of its lines. */
export interface StoredBatch extends LogBatch {
  readonly sequences: readonly number[];
}

export function emptyTables(): Tables {
  return {
    executions: new Map(),
    taskRuns: new Map(),
    logs: [],
    metrics: [],
    flows: new Map(),
    appliedFlows: new Map(),
    triggers: new Map(),
    keyValues: new Map(),
    timers: new Map(),
    messages: new Map(),
    addedStarts: new Map(),
    documents: new Map(),
    idempotencyKeys: new Map(),
    lineCount: 0,
  };
}

/** One text for the parts of a key; no two keys give the same. */
export function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

export function executionKey({ tenant, id }: ExecutionKey): string {
  return keyOf(tenant, id);
}
