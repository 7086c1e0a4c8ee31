/**
 * The rows that a store keeps, as another store takes them. Both databases are asked with the same words; what a row becomes in
 * the other one is up to the code that commits there.
 */
import { executionOf, taskRunOf } from "../rows/bodies.ts";
import { decodeLines } from "../rows/log-columns.ts";
import { type BatchRow, sourceOf } from "../rows/log-entries.ts";
import { metricsOf, type StoredMetrics } from "../rows/metric-batches.ts";
import type {
  AddedStartRow,
  CommitUnit,
  FlowRow,
  IdempotencyKeyRow,
  KeyValueRow,
  TimerRow,
  TriggerRow,
} from "../store.ts";

/** One row on its way. */
export interface MovedRow {
  /** For messages: the table and the key. */
  readonly name: string;
  /** What whoever takes it commits. */
  readonly unit: CommitUnit;
  /** Its number in the order of arrival; absent where there is none. */
  readonly sequence?: number;
  /** Its length, in characters. */
  readonly size: number;
}

/** A table whose rows are moved. */
export interface MovedTable {
  readonly name: string;
  /** Its rows by their keys, which both databases order by their bytes. */
  readonly sql: string;
  readonly rowOf: (columns: Columns) => MovedRow;
}

export type Columns = Readonly<Record<string, string | number | null>>;

interface Definition<Row> {
  readonly key: readonly string[];
  /** The other columns, as in SQL. */
  readonly columns: readonly string[];
  readonly unit: (row: Row) => CommitUnit;
}

/** Row by row, and so in an order in which nothing that is written is changed by what follows. */
export const MOVED_TABLES: readonly MovedTable[] = [
  table<StoredRevision>("flow_revisions", {
    key: ["tenant", "namespace", "id", "revision"],
    columns: [
      "t.body",
      "source",
      "checked",
      "(SELECT 1 FROM flows AS f WHERE f.tenant = t.tenant AND f.namespace = t.namespace AND f.id = t.id AND f.revision = t.revision AND f.unapplied = 0) AS applied",
    ],
    unit: flowUnit,
  }),
  table<WithBody>("triggers", {
    key: ["tenant", "namespace", "flow_id", "trigger_id"],
    columns: ["body"],
    unit: ({ body }) => ({ triggers: [JSON.parse(body) as TriggerRow] }),
  }),
  table<WithBody>("key_values", {
    key: ["tenant", "namespace", "key"],
    columns: ["body"],
    unit: ({ body }) => ({ keyValues: [JSON.parse(body) as KeyValueRow] }),
  }),
  table<WithBody & { tenant: string; kind: string; id: string; updated_at: number }>("documents", {
    key: ["tenant", "kind", "id"],
    columns: ["updated_at", "body"],
    unit: ({ tenant, kind, id, updated_at: updatedAt, body }) => ({
      documents: [{ tenant, kind, id, updatedAt, body: JSON.parse(body) }],
    }),
  }),
  table<WithBody>("idempotency_keys", {
    key: ["tenant", "id"],
    columns: ["body"],
    unit: ({ body }) => ({ idempotencyKeys: [JSON.parse(body) as IdempotencyKeyRow] }),
  }),
  table<WithBody>("executions", {
    key: ["tenant", "id"],
    columns: ["body"],
    unit: ({ body }) => ({ executions: [executionOf(body)] }),
  }),
  table<WithBody & OfExecution>("task_runs", {
    key: ["tenant", "execution_id", "number"],
    columns: ["body"],
    unit: ({ tenant, execution_id: executionId, body }) => ({
      taskRuns: [{ tenant, executionId, row: taskRunOf(body) }],
    }),
  }),
  table<Omit<BatchRow, "last_time">>("logs", {
    key: ["tenant", "execution_id", "first_time", "sequence"],
    columns: ["namespace", "flow_id", "trigger_id", "task_id", "task_run_id", "task_run_index", "attempt", "lines"],
    unit: (row) => ({ logs: [{ ...sourceOf(row), lines: decodeLines(row) }] }),
  }),
  table<StoredMetrics>("metrics", {
    key: ["tenant", "execution_id", "sequence"],
    columns: ["namespace", "flow_id", "task_id", "task_run_id", "CAST(items AS text) AS items"],
    unit: (row) => ({ metrics: metricsOf(row) }),
  }),
  table<OfExecution & Pick<TimerRow, "key" | "at">>("timers", {
    key: ["tenant", "execution_id", "key"],
    columns: ["at"],
    unit: ({ tenant, execution_id: executionId, key, at }) => ({ timers: [{ tenant, executionId, key, at }] }),
  }),
  table<WithBody & OfExecution & { id: string }>("messages", {
    key: ["tenant", "execution_id", "id"],
    columns: ["sequence", "body"],
    unit: ({ tenant, execution_id: executionId, id, body }) => ({
      messages: [{ tenant, executionId, id, body: JSON.parse(body) }],
    }),
  }),
  table<WithBody & OfExecution & Pick<AddedStartRow, "number">>("added_starts", {
    key: ["tenant", "execution_id", "number"],
    columns: ["body"],
    unit: ({ tenant, execution_id: executionId, number, body }) => ({
      addedStarts: [{ tenant, executionId, number, item: JSON.parse(body) }],
    }),
  }),
];

interface WithBody {
  readonly body: string;
}
interface OfExecution {
  readonly tenant: string;
  readonly execution_id: string;
}
interface StoredRevision extends WithBody {
  readonly source: string;
  readonly checked: string | null;
  /** Of a latest revision: what follows from it was done. */
  readonly applied: number | null;
}

function flowUnit({ body, source, checked, applied }: StoredRevision): CommitUnit {
  const rest = JSON.parse(body) as Omit<FlowRow, "source" | "checked">;
  const flow: FlowRow = { ...rest, source, ...(checked !== null && { checked }) };
  return { flows: [flow], ...(applied === 1 && { appliedFlows: [flow] }) };
}

function table<Row>(name: string, { key, columns, unit }: Definition<Row>): MovedTable {
  return {
    name,
    sql: `SELECT ${[...key.map((column) => `t.${column}`), ...columns].join(", ")}
      FROM ${name} AS t ORDER BY ${key.map((column) => `t.${column}`).join(", ")}`,
    rowOf: (row) => ({
      name: `${name} ${key.map((column) => String(row[column])).join("/")}`,
      unit: unit(row as Row),
      ...(typeof row["sequence"] === "number" && { sequence: row["sequence"] }),
      size: Object.values(row).reduce<number>(
        (size, value) => size + (typeof value === "string" ? value.length : 8),
        0,
      ),
    }),
  };
}
