/**
 * The tables that commits write, and their statements. A statement takes one array for each column, so that any number of rows
 * crosses in one message and is planned once.
 */

import { KEEP_IDEMPOTENCY_KEY } from "../../sql/idempotency-keys.ts";

/** How a column crosses: `json` and `words` (with spaces between them) as texts, which the statement converts. */
export type ColumnType = "text" | "integer" | "json" | "words";

export interface Table {
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** The columns of the primary key. */
  readonly key: readonly string[];
  /** What happens to a row that is there: it is replaced (by default), or something else. */
  readonly onConflict?: string;
  /** When a row that is there is replaced; always by default. */
  readonly condition?: string;
  /** The column with the id of the execution, where the rows lie in partitions by it. */
  readonly partitionedBy?: string;
}

const TEXT = "text";
const INTEGER = "integer";
const OF_EXECUTION = { tenant: TEXT, execution_id: TEXT } as const;
const OF_FLOW = { tenant: TEXT, namespace: TEXT, flow_id: TEXT } as const;
const FLOW = { tenant: TEXT, namespace: TEXT, id: TEXT } as const;

/** In the order in which a commit writes them. */
export const TABLES = {
  flow_revisions: {
    columns: { ...FLOW, revision: INTEGER, body: TEXT, source: TEXT, checked: TEXT },
    key: ["tenant", "namespace", "id", "revision"],
  },
  flows: {
    columns: {
      ...FLOW,
      revision: INTEGER,
      deleted: INTEGER,
      trigger_types: "words",
      updated_at: INTEGER,
      labels: "json",
      body: TEXT,
      unapplied: INTEGER,
    },
    key: ["tenant", "namespace", "id"],
    condition: "excluded.revision >= flows.revision",
  },
  executions: {
    columns: {
      tenant: TEXT,
      id: TEXT,
      namespace: TEXT,
      flow_id: TEXT,
      start_date: INTEGER,
      kind: INTEGER,
      parent_execution_id: TEXT,
      trigger_execution_id: TEXT,
      state: TEXT,
      end_date: INTEGER,
      labels: "json",
      body: TEXT,
    },
    key: ["tenant", "id"],
    partitionedBy: "id",
  },
  live_executions: {
    columns: { of_tenant: TEXT, of_id: TEXT, of_namespace: TEXT, of_flow_id: TEXT, of_start: INTEGER, of_state: TEXT },
    key: ["of_tenant", "of_id"],
  },
  unhappy_executions: {
    columns: {
      of_tenant: TEXT,
      of_id: TEXT,
      of_start: INTEGER,
      of_state: TEXT,
      of_namespace: TEXT,
      of_flow_id: TEXT,
    },
    key: ["of_tenant", "of_id"],
  },
  // After the executions: a change of labels takes the old ones away.
  execution_labels: {
    columns: { of_tenant: TEXT, key: TEXT, value: TEXT, of_start: INTEGER, of_id: TEXT },
    key: ["of_tenant", "key", "value", "of_start", "of_id"],
    onConflict: "DO NOTHING",
    partitionedBy: "of_id",
  },
  execution_drift: {
    columns: { number: INTEGER, late: INTEGER, early: INTEGER },
    key: ["number"],
    onConflict: `DO UPDATE SET late = greatest(execution_drift.late, excluded.late),
      early = greatest(execution_drift.early, excluded.early)`,
  },
  task_runs: {
    columns: { ...OF_EXECUTION, number: INTEGER, body: TEXT },
    key: ["tenant", "execution_id", "number"],
    partitionedBy: "execution_id",
  },
  logs: {
    columns: {
      ...OF_EXECUTION,
      first_time: INTEGER,
      sequence: INTEGER,
      namespace: TEXT,
      flow_id: TEXT,
      trigger_id: TEXT,
      task_id: TEXT,
      task_run_id: TEXT,
      task_run_index: INTEGER,
      attempt: INTEGER,
      last_time: INTEGER,
      max_level: INTEGER,
      min_level: INTEGER,
      line_count: INTEGER,
      lines: TEXT,
    },
    key: ["tenant", "execution_id", "first_time", "sequence"],
    partitionedBy: "execution_id",
  },
  metrics: {
    columns: {
      ...OF_EXECUTION,
      sequence: INTEGER,
      namespace: TEXT,
      flow_id: TEXT,
      task_id: TEXT,
      task_run_id: TEXT,
      first_time: INTEGER,
      items: "json",
    },
    key: ["tenant", "execution_id", "sequence"],
    partitionedBy: "execution_id",
  },
  timers: { columns: { ...OF_EXECUTION, key: TEXT, at: INTEGER }, key: ["tenant", "execution_id", "key"] },
  messages: {
    columns: { ...OF_EXECUTION, id: TEXT, sequence: INTEGER, body: TEXT },
    key: ["tenant", "execution_id", "id"],
    // A message sent twice keeps its place.
    onConflict: "DO UPDATE SET body = excluded.body",
  },
  added_starts: {
    columns: { ...OF_EXECUTION, number: INTEGER, body: TEXT },
    key: ["tenant", "execution_id", "number"],
  },
  triggers: {
    columns: {
      ...OF_FLOW,
      trigger_id: TEXT,
      next_date: INTEGER,
      wake_at: INTEGER,
      date: INTEGER,
      execution_id: TEXT,
      disabled: INTEGER,
      body: TEXT,
    },
    key: ["tenant", "namespace", "flow_id", "trigger_id"],
  },
  key_values: {
    columns: { tenant: TEXT, namespace: TEXT, key: TEXT, expires_at: INTEGER, updated_at: INTEGER, body: TEXT },
    key: ["tenant", "namespace", "key"],
  },
  documents: {
    columns: { tenant: TEXT, kind: TEXT, id: TEXT, updated_at: INTEGER, body: TEXT },
    key: ["tenant", "kind", "id"],
  },
  idempotency_keys: {
    columns: { tenant: TEXT, id: TEXT, created_at: INTEGER, expires_at: INTEGER, body: TEXT },
    key: ["tenant", "id"],
    onConflict: KEEP_IDEMPOTENCY_KEY,
  },
} as const satisfies Readonly<Record<string, Table>>;

export type TableName = keyof typeof TABLES;

export const TABLE_NAMES = Object.keys(TABLES) as readonly TableName[];

/** The tables that have rows of an execution, and the column with its id. */
export const EXECUTION_TABLES = {
  executions: "id",
  live_executions: "of_id",
  unhappy_executions: "of_id",
  task_runs: "execution_id",
  timers: "execution_id",
  messages: "execution_id",
  added_starts: "execution_id",
  logs: "execution_id",
  metrics: "execution_id",
} as const satisfies Partial<Record<TableName, string>>;

export type ExecutionTable = keyof typeof EXECUTION_TABLES;

export interface Statement {
  /** Of the prepared statement. */
  readonly name: string;
  readonly text: string;
  /** Of its parameters, each of which is an array. */
  readonly types: readonly ColumnType[];
  /**
   * The position of the array with ids of executions whose least and greatest are two more parameters. Such a statement is planned
   * each time, for the partitions between the two alone.
   */
  readonly bounds?: number;
}

const CASTS: Readonly<Record<ColumnType, (column: string) => string>> = {
  text: (column) => column,
  integer: (column) => column,
  json: (column) => `${column}::json`,
  words: (column) => `string_to_array(${column}, ' ')`,
};

/** Inserts rows; those that are there are replaced. */
export function putStatement(name: TableName): Statement {
  const { columns, key, onConflict, condition } = TABLES[name] as Table;
  const names = Object.keys(columns);
  const selected = names.map((column) => CASTS[columns[column]!](`row.${column}`));
  const changed = names.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`);
  const types = Object.values(columns);
  const replaced = `DO UPDATE SET ${changed.join(", ")}${condition === undefined ? "" : ` WHERE ${condition}`}`;
  const action = onConflict ?? replaced;
  const text = `INSERT INTO ${name} (${names.join(", ")}) SELECT ${selected.join(", ")}
    FROM ${rowsOf(types)} AS row (${names.join(", ")}) ON CONFLICT (${key.join(", ")}) ${action}`;
  return { name: `put_${name}`, text, types };
}

/** Removes rows by their keys. */
export function removeStatement(name: TableName): Statement {
  const { columns, key } = TABLES[name] as Table;
  return deletion(
    `remove_${name}`,
    name,
    key,
    key.map((column) => columns[column]!),
  );
}

/** Removes all rows of some executions: tenants and ids. */
export function removeOfExecutionsStatement(name: ExecutionTable): Statement {
  const tenant = name === "live_executions" || name === "unhappy_executions" ? "of_tenant" : "tenant";
  return deletion(`remove_of_executions_${name}`, name, [tenant, EXECUTION_TABLES[name]], ["text", "text"]);
}

/** Removes the labels of some executions, which are still there: tenants and ids. */
export const REMOVE_LABELS: Statement = {
  name: "remove_labels_of_executions",
  text: `DELETE FROM execution_labels USING ${rowsOf(["text", "text"])} AS gone (tenant, id), executions,
    jsonb_array_elements(executions.labels) AS old (label)
    WHERE executions.tenant = gone.tenant AND executions.id = gone.id AND executions.id >= $3 AND executions.id <= $4
    AND of_tenant = gone.tenant AND of_start = executions.start_date AND of_id = gone.id
    AND of_id >= $3 AND of_id <= $4
    AND execution_labels.key = coalesce(label ->> 'indexedKey', label ->> 'key')
    AND execution_labels.value = coalesce(label ->> 'indexed', label ->> 'value')`,
  types: ["text", "text"],
  bounds: 1,
};

/** Flows are applied by key and revision. */
export const APPLY_FLOWS: Statement = {
  name: "apply_flows",
  text: `UPDATE flows SET unapplied = 0 FROM ${rowsOf(["text", "text", "text", "integer"])}
    AS applied (tenant, namespace, id, revision) WHERE flows.tenant = applied.tenant
    AND flows.namespace = applied.namespace AND flows.id = applied.id AND flows.revision = applied.revision`,
  types: ["text", "text", "text", "integer"],
};

function deletion(
  statement: string,
  table: TableName,
  key: readonly string[],
  types: readonly ColumnType[],
): Statement {
  const { partitionedBy } = TABLES[table] as Table;
  const same = key.map((column) => `${table}.${column} = gone.${column}`).join(" AND ");
  const text = `DELETE FROM ${table} USING ${rowsOf(types)} AS gone (${key.join(", ")}) WHERE ${same}`;
  if (partitionedBy === undefined) return { name: statement, text, types };
  const id = `${table}.${partitionedBy}`;
  const between = `${id} >= $${types.length + 1} AND ${id} <= $${types.length + 2}`;
  return { name: statement, text: `${text} AND ${between}`, types, bounds: key.indexOf(partitionedBy) };
}

function rowsOf(types: readonly ColumnType[]): string {
  const arrays = types.map((type, position) => `$${position + 1}::${type === "integer" ? "bigint" : "text"}[]`);
  return `unnest(${arrays.join(", ")})`;
}
