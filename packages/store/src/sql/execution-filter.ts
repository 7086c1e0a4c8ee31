import { CORRELATION_LABEL, hasEnded, ORIGIN_LABEL, startDate } from "../execution-dates.ts";
import { EXECUTION_KINDS } from "../rows/execution-columns.ts";
import type { ExecutionFilter, ExecutionRow, ExecutionSortKey, LabelDemand, PageRequest } from "../store.ts";
import type { SqlDialect } from "./dialect.ts";
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
}

export function selectExecutions(
  dialect: SqlDialect,
  source: ExecutionSource,
  filter: ExecutionFilter,
  after?: ExecutionRow,
): Selection {
  const selection: Selection = { from: source.from, conditions: ["executions.tenant = ?"], values: [filter.tenant] };
  if (after !== undefined) demand(selection, `(${source.start}, ${source.id}) < (?, ?)`, startDate(after), after.id);
  for (const { key, value } of filter.labels ?? []) demandLabel(dialect, selection, filter.tenant, key, value);
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
  for (const condition of source.conditions) demand(selection, condition);
  demandOneOf(dialect, selection, "state", filter.states);
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

/** Whether a filter names a label that few executions have. */
export function namesLabel(filter: ExecutionFilter): boolean {
  return filter.labels?.some(({ key }) => key !== ORIGIN_LABEL) === true;
}

function demandDates(selection: Selection, { start }: ExecutionSource, filter: ExecutionFilter): void {
  demandIf(selection, `${start} >= ?`, filter.startAfter);
  demandIf(selection, `${start} <= ?`, filter.startBefore);
  demandIf(selection, "end_date >= ?", filter.endAfter);
  demandIf(selection, "end_date <= ?", filter.endBefore);
  // Nothing ends before it starts: lets an index by start stop early.
  demandIf(selection, `${start} <= ?`, filter.endBefore);
}

function demandLabel(dialect: SqlDialect, selection: Selection, tenant: string, key: string, value: string): void {
  const { from, key: keyOf, value: valueOf } = dialect.executionLabels;
  // Nearly every execution has it: a list of all that have it would be no help.
  if (key === ORIGIN_LABEL)
    return demand(selection, `EXISTS (SELECT 1 FROM ${from} WHERE ${keyOf} = ? AND ${valueOf} = ?)`, key, value);
  const labelled = "SELECT execution_id FROM execution_labels WHERE tenant = ? AND key = ? AND value = ?";
  const found = [tenant, dialect.labelText(key), dialect.labelText(value)];
  if (key !== CORRELATION_LABEL) return demand(selection, dialect.isIn("executions.id", labelled), ...found);
  // An execution's own id as correlation isn't in the table of labels: its value names the execution.
  const own = `SELECT id FROM executions WHERE tenant = ? AND id = ? AND EXISTS (
    SELECT 1 FROM ${from} WHERE ${keyOf} = '${CORRELATION_LABEL}' AND ${valueOf} = executions.id)`;
  return demand(selection, dialect.isIn("executions.id", `${labelled} UNION ${own}`), ...found, tenant, value);
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
