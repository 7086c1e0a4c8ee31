import { firstItem, withoutBatch, type BatchItem, type ExecutionRow, type LiveExecution } from "@capstan/engine";
import type { Batch } from "@capstan/model";
import type { FlowKey } from "@capstan/store";
import { nameOf as nameOfExecution, type LiveKey } from "../executor/live-key.ts";
import { flowName } from "./rules.ts";

/** Characters of JSON that the starts of one batch come to at most; a start that would make it longer begins the batch. */
export const BATCH_LENGTH_MAX = 1_048_576;
/** Batches of one flow to which starts may be added; one more begins the oldest. */
export const OPEN_BATCHES_MAX = 1_000;

/** Executions that have not begun, to which other starts are added: of each flow, revision and key at most one. */
export interface Batches {
  /** The batch that a start is to be added to, in which it counts from now on; undefined where it is to open one. */
  readonly join: (row: ExecutionRow, item: BatchItem) => Joined | undefined;
  /** A new execution as it is to be begun: when others may be added to it, it waits from now on. */
  open(row: ExecutionRow, batch: Batch): ExecutionRow;
  /** At a start, the oldest first, when all are back: it may begin at once. */
  restore(execution: LiveExecution): void;
  /** Nothing is added to it any more. */
  readonly over: (execution: LiveKey) => void;
  /** All of a flow begin. */
  flowChanged(key: FlowKey): void;
  readonly of: (execution: LiveKey) => OpenBatch | undefined;
  ofTenant(tenant: string): readonly OpenBatch[];
}

/** Where a start is added. */
export interface Joined {
  readonly key: LiveKey;
  /** Nobody comes after it. */
  readonly isLast: boolean;
}

export interface OpenBatch {
  readonly key: LiveKey;
  readonly where: { readonly tenant: string; readonly namespace: string; readonly flowId: string };
  /** The text of its key. */
  readonly text: string | undefined;
  readonly batch: Batch;
  /** Epoch milliseconds of the first start, and of when it begins at the latest. */
  readonly since: number;
  readonly until: number;
  /** Starts in it. */
  readonly size: number;
}

type Open = { -readonly [Field in keyof OpenBatch]: OpenBatch[Field] } & {
  readonly flow: string;
  readonly name: string;
  length: number;
};

/** `begin` has an execution begin before its time; nothing is added to it any more when it is called. */
export function createBatches(begin: (key: LiveKey) => void): Batches {
  /** By flow, then by revision and key, the oldest first. */
  const flows = new Map<string, Map<string, Open>>();
  const byExecution = new Map<string, Open>();
  const forget = (open: Open): void => {
    byExecution.delete(nameOfExecution(open.key));
    const ofFlow = flows.get(open.flow);
    if (ofFlow?.get(open.name) !== open) return;
    ofFlow.delete(open.name);
    if (ofFlow.size === 0) flows.delete(open.flow);
  };
  const close = (open: Open): void => {
    forget(open);
    begin(open.key);
  };
  const add = (open: Open): void => {
    const ofFlow = flows.get(open.flow) ?? new Map<string, Open>();
    flows.set(open.flow, ofFlow.set(open.name, open));
    byExecution.set(nameOfExecution(open.key), open);
    if (ofFlow.size > OPEN_BATCHES_MAX) close(ofFlow.values().next().value!);
  };
  return {
    join: (row, item) => {
      const open = row.control?.batch && flows.get(flowOf(row))?.get(nameInFlow(row));
      if (open === undefined) return undefined;
      const length = lengthOf(item);
      if (open.length + length > BATCH_LENGTH_MAX) {
        close(open);
        return undefined;
      }
      open.size += 1;
      open.length += length;
      const isLast = open.size >= open.batch.maxSize;
      if (isLast) forget(open);
      return { key: open.key, isLast };
    },
    open: (row, batch) => {
      const length = lengthOf(firstItem(row));
      // One that nobody can join does not wait.
      if (batch.maxSize === 1 || length >= BATCH_LENGTH_MAX) return withoutBatch(row);
      const opened = { ...row, scheduleDate: row.createdAt + batch.timeoutMs };
      add({ ...openOf(opened, batch), size: 1, length });
      return opened;
    },
    restore: ({ tenant, fixed, batch, plan }) => {
      const settings = plan.flow.batch;
      if (batch === undefined || settings === undefined) return;
      const length = batch.items.reduce((sum, item) => sum + lengthOf(item), 0);
      const open = { ...openOf({ ...fixed, tenant }, settings), size: batch.items.length, length };
      add(open);
      if (open.size >= settings.maxSize) close(open);
    },
    over: (key) => {
      const open = byExecution.get(nameOfExecution(key));
      if (open !== undefined) forget(open);
    },
    flowChanged: ({ tenant, namespace, id }) => {
      for (const open of flows.get(flowName(tenant, { namespace, id }))?.values() ?? []) close(open);
    },
    of: (key) => byExecution.get(nameOfExecution(key)),
    ofTenant: (tenant) => [...byExecution.values()].filter(({ where }) => where.tenant === tenant),
  };
}

type Row = Pick<
  ExecutionRow,
  "tenant" | "id" | "namespace" | "flowId" | "flowRevision" | "createdAt" | "scheduleDate" | "control"
>;

function openOf(row: Row, batch: Batch): Omit<Open, "size" | "length"> {
  const { tenant, id, namespace, flowId, createdAt, scheduleDate = createdAt, control } = row;
  return {
    key: { tenant, id },
    where: { tenant, namespace, flowId },
    flow: flowOf(row),
    name: nameInFlow(row),
    text: control?.batch?.key,
    batch,
    since: createdAt,
    until: scheduleDate,
  };
}

function flowOf({ tenant, namespace, flowId: id }: Row): string {
  return flowName(tenant, { namespace, id });
}

function nameInFlow({ flowRevision, control }: Row): string {
  const key = control?.batch?.key;
  return key === undefined ? String(flowRevision) : `${flowRevision} ${key}`;
}

function lengthOf(item: BatchItem): number {
  return JSON.stringify(item).length;
}
