import { withFloats } from "@capstan/expression";
import { instantText, type JsonMap } from "@capstan/model";
import { revealed } from "./encrypted.ts";
import type { BatchItem, ExecutionRow } from "./execution.ts";
import { labelMap } from "./label-map.ts";
import type { LiveExecution } from "./live.ts";

/** Starts that an execution takes together, as they came. */
export interface LiveBatch {
  readonly items: BatchItem[];
  /** What `batch` shows, made when it is first read: no start is added any more then. */
  shown: JsonMap | undefined;
}

/** Of an execution as it is stored: undefined for one that took no other starts, and can't. */
export function batchOf(row: ExecutionRow): LiveBatch | undefined {
  if (row.batch !== undefined) return { items: [...row.batch.items], shown: undefined };
  return isGathering(row.state, row.control) ? { items: [firstItem(row)], shown: undefined } : undefined;
}

/** Whether other starts may still be added to an execution. Those that were are rows of their own until then. */
export function isGathering(state: ExecutionRow["state"], control: ExecutionRow["control"]): boolean {
  return state === "CREATED" && control?.batch !== undefined;
}

/** The start that an execution was created by. */
export function firstItem({ id, createdAt: date, inputs, labels, trigger }: StartFields): BatchItem {
  const own = labels.filter(({ key, value }) => key !== "system.from" && (key !== CORRELATION || value !== id));
  return {
    id,
    date,
    inputs,
    ...(own.length === 0 ? {} : { labels: own }),
    ...(trigger === undefined ? {} : { trigger }),
  };
}

type StartFields = Pick<ExecutionRow, "id" | "createdAt" | "inputs" | "labels" | "trigger">;
const CORRELATION = "system.correlationId";

/** A start that is no other one's: it takes none, and waits for none. */
export function withoutBatch(row: ExecutionRow): ExecutionRow {
  if (row.control?.batch === undefined) return row;
  const {
    control: { batch: _batch, ...control },
    ...rest
  } = row;
  return Object.keys(control).length === 0 ? rest : { ...rest, control };
}

/** The execution of a batch with what one of its starts brought, and nothing of the others. */
export function asStarted(
  row: ExecutionRow,
  { inputs, labels = [], trigger }: Pick<BatchItem, "inputs" | "labels" | "trigger">,
): ExecutionRow {
  const { batch: _batch, trigger: _trigger, ...rest } = row;
  return { ...rest, inputs, labels, ...(trigger === undefined ? {} : { trigger }) };
}

/** What `batch` shows. One that started alone, in a flow with a batch, is a batch of one. */
export function shownBatch(execution: LiveExecution): JsonMap | undefined {
  const { batch, fixed, plan } = execution;
  if (batch === undefined && plan.flow.batch === undefined) return undefined;
  if (batch?.shown !== undefined) return batch.shown;
  const items = (batch?.items ?? [firstItem({ ...fixed, labels: execution.labels })]).map((item) => {
    const { id, date, inputs, labels = [], trigger } = item;
    return {
      id,
      date: instantText(date),
      labels: labelMap(labels) as JsonMap,
      inputs: withFloats(revealed(inputs, plan.reveal, execution.secrets), plan.floats.inputs),
      ...(trigger === undefined ? {} : { trigger: trigger.variables }),
    };
  });
  const key = fixed.control?.batch?.key;
  const shown = { size: items.length, ...(key === undefined ? {} : { key }), items };
  if (batch !== undefined && !isGathering(execution.state, fixed.control)) batch.shown = shown;
  return shown;
}
