import type { Label } from "@capstan/engine";
import { CORRELATION_LABEL, hasEnded, ORIGIN_LABEL, startDate } from "../execution-dates.ts";
import { EXECUTION_KINDS } from "../rows/execution-columns.ts";
import type { ExecutionFilter, ExecutionRow, ExecutionSortKey, LabelDemand, PageRequest } from "../store.ts";
import type { SqlDialect, SqlValue } from "./dialect.ts";
import {
  demand,
  demandIf,
  demandNamespace,
  demandOneOf,
  demandText,
  demandTexts,
  orderBy,
  type Selection,
  textCondition,
} from "./selection.ts";

type State = ExecutionRow["state"];

/** Where a list of executions is read from: the table by the index that suits the filter. */
export interface ExecutionSource {
  readonly from: string;
  /** What else the way through that index asks for. */
  readonly conditions: readonly string[];
  /** Columns that the index is ordered by. */
  readonly start: string;
  readonly id: string;
  /** The label whose executions that index lists. */
  readonly label?: Label;
  /** Columns of the table that the way begins with, where it is one of executions of some states. */
  readonly listed?: {
    readonly tenant: string;
    readonly state: string;
    readonly namespace: string;
    readonly flowId: string;
  };
}

export function selectExecutions(
  dialect: SqlDialect,
  source: ExecutionSource,
  filter: ExecutionFilter,
  after?: ExecutionRow,
): Selection {
  const selection: Selection = { from: source.from, conditions: ["executions.tenant = ?"], values: [filter.tenant] };
  if (after !== undefined) demand(selection, `(${source.start}, ${source.id}) < (?, ?)`, startDate(after), after.id);
  for (const label of filter.labels ?? []) {
    if (label === source.label) demandListed(dialect, selection, filter.tenant, label);
    else demandLabel(dialect, selection, filter.tenant, label);
  }
  demandIf(selection, "parent_execution_id = ?", filter.parentExecutionId);
  demandIf(selection, "trigger_execution_id = ?", filter.triggerExecutionId);
  demandNamespace(selection, filter);
  demandIf(selection, "flow_id = ?", filter.flowId);
  demandDates(selection, source, filter);
  demandOneOf(
    dialect,
    selection,
    "kind",
    filter.kinds?.map((kind) => EXECUTION_KINDS.indexOf(kind)),
  );
  // An index has those of other kinds alone.
  if (filter.kinds?.includes("NORMAL") === false) demand(selection, "kind <> 0");
  for (const condition of source.conditions) demand(selection, condition);
  demandStates(dialect, selection, source, filter);
  if (filter.child === true) demand(selection, `NOT (${TOP_LEVEL})`);
  if (filter.child === false) demand(selection, TOP_LEVEL);
  demandText(dialect, selection, ["executions.id", "namespace", "flow_id"], filter.query);
  demandTexts(dialect, selection, TEXT_COLUMNS, filter.texts);
  for (const one of filter.labelDemands ?? []) demandLabelLike(dialect, selection, one);
  return selection;
}

const TEXT_COLUMNS = {
  id: "executions.id",
  namespace: "namespace",
  flowId: "flow_id",
  triggerExecutionId: "trigger_execution_id",
} as const;

const TOP_LEVEL = "parent_execution_id IS NULL AND trigger_execution_id IS NULL";

/** The order of a page: the newest first unless it is asked otherwise. */
export function executionOrder(page: Pick<PageRequest<ExecutionSortKey>, "sort">, source: ExecutionSource): string {
  const columns = {
    id: "executions.id",
    startDate: source.start,
    endDate: { nullable: "end_date" },
    duration: { nullable: "end_date - start_date" },
    state: "state",
    namespace: "namespace",
    flowId: "flow_id",
  };
  return orderBy(page, columns, [source.id], [{ key: "startDate", descending: true }]);
}

/** Whether all of these states are of executions that live. */
export function isLive(states: readonly State[] | undefined): boolean {
  return states !== undefined && states.length > 0 && !states.some(hasEnded);
}

/** Whether all of these states are of executions that ended, and not well. */
export function isUnhappy(states: readonly State[] | undefined): boolean {
  return states !== undefined && states.length > 0 && states.every((state) => hasEnded(state) && state !== "SUCCESS");
}

/** The first label of a filter whose executions are all in the table of labels. */
export function listedLabel({ labels }: ExecutionFilter): Label | undefined {
  return labels?.find(({ key }) => key !== ORIGIN_LABEL && key !== CORRELATION_LABEL);
}

/** Whether a filter names the execution that caused others, which is few of them. */
export function namesCorrelation({ labels }: ExecutionFilter): boolean {
  return labels?.some(({ key }) => key === CORRELATION_LABEL) === true;
}

function demandDates(selection: Selection, { start }: ExecutionSource, filter: ExecutionFilter): void {
  demandIf(selection, `${start} >= ?`, filter.startAfter);
  demandIf(selection, `${start} <= ?`, filter.startBefore);
  demandIf(selection, "end_date >= ?", filter.endAfter);
  demandIf(selection, "end_date <= ?", filter.endBefore);
  // Nothing ends before it starts: lets an index by start stop early.
  demandIf(selection, `${start} <= ?`, filter.endBefore);
}

function demandStates(
  dialect: SqlDialect,
  selection: Selection,
  { listed }: ExecutionSource,
  filter: ExecutionFilter,
): void {
  const { tenant, states } = filter;
  if (listed === undefined) return demandOneOf(dialect, selection, "state", states);
  demand(selection, `${listed.tenant} = ?`, tenant);
  demandNamespace(selection, filter, listed.namespace);
  demandIf(selection, `${listed.flowId} = ?`, filter.flowId);
  const [only, ...others] = states ?? [];
  // Said so, the order of an index by the state is that of the list.
  if (only !== undefined && others.length === 0) demand(selection, `${listed.state} = ?`, only);
  else demandOneOf(dialect, selection, listed.state, states);
}

/** The walk is over the executions of a label. */
export function demandListed(dialect: SqlDialect, selection: Selection, tenant: string, { key, value }: Label): void {
  const condition = "of_tenant = ? AND execution_labels.key = ? AND execution_labels.value = ?";
  demand(selection, condition, tenant, dialect.labelText(key), dialect.labelText(value));
}

function demandLabel(dialect: SqlDialect, selection: Selection, tenant: string, { key, value }: Label): void {
  const { from, key: keyOf, value: valueOf } = dialect.executionLabels;
  // Nearly every execution has it: a list of all that have it would be no help.
  if (key === ORIGIN_LABEL)
    return demand(selection, `EXISTS (SELECT 1 FROM ${from} WHERE ${keyOf} = ? AND ${valueOf} = ?)`, key, value);
  if (key === CORRELATION_LABEL) {
    const { sql, values } = correlatedSql(dialect, tenant, value);
    return demand(selection, dialect.isIn("executions.id", sql), ...values);
  }
  const found = [tenant, dialect.labelText(key), dialect.labelText(value)];
  const itself = "other.of_start = executions.start_date AND other.of_id = executions.id";
  // Looked up for each row: without a limit a planner may walk over all that have the label instead.
  return demand(selection, `EXISTS (SELECT 1 ${LABELLED} AND ${itself} LIMIT 1 OFFSET 0)`, ...found);
}

const LABELLED = "FROM execution_labels AS other WHERE other.of_tenant = ? AND other.key = ? AND other.value = ?";

/** The ids of the executions that one caused, and its own: that is not in the table of labels, as its value names the execution. */
export function correlatedSql(
  dialect: SqlDialect,
  tenant: string,
  id: string,
): { readonly sql: string; readonly values: readonly SqlValue[] } {
  const { from, key, value } = dialect.executionLabels;
  const own = `SELECT id FROM executions WHERE tenant = ? AND id = ? AND EXISTS (
    SELECT 1 FROM ${from} WHERE ${key} = '${CORRELATION_LABEL}' AND ${value} = executions.id)`;
  return {
    sql: `SELECT of_id AS id ${LABELLED} UNION ${own}`,
    values: [tenant, CORRELATION_LABEL, dialect.labelText(id), tenant, id],
  };
}

function demandLabelLike(
  dialect: SqlDialect,
  selection: Selection,
  { key, negated = false, ...condition }: LabelDemand,
): void {
  const { from, key: keyOf, value: valueOf } = dialect.executionLabels;
  const { sql, value } = textCondition(dialect, valueOf, condition);
  const labelled = `SELECT 1 FROM ${from} WHERE ${keyOf} = ? AND ${sql}`;
  demand(selection, `${negated ? "NOT " : ""}EXISTS (${labelled})`, key, value);
}
