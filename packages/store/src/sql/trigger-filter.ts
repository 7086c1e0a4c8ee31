import type { PageRequest, TriggerFilter, TriggerKey } from "../store.ts";
import type { SqlDialect } from "./dialect.ts";
import { demand, demandIf, demandNamespace, demandText, demandTexts, orderBy, type Selection } from "./selection.ts";

/** Where a store keeps what only some searches ask for: a column, or a part of the body. */
export interface TriggerColumns {
  /** 0 or 1. */
  readonly disabled: string;
  readonly executionId: string;
  readonly date: string;
}

export type TriggerSortKey = "triggerId" | "flowId" | "namespace" | "nextDate" | "date";

export function triggerOrder(columns: TriggerColumns, page: Pick<PageRequest<TriggerSortKey>, "sort">): string {
  const sorted = { ...TEXT_COLUMNS, nextDate: { nullable: "next_date" }, date: { nullable: columns.date } };
  const key = ["namespace", "flow_id", "trigger_id"];
  return orderBy(page, sorted, key, [{ key: "namespace", descending: false }]);
}

export function selectTriggers(
  dialect: SqlDialect,
  columns: TriggerColumns,
  filter: TriggerFilter,
  after?: TriggerKey,
): Selection {
  const selection: Selection = { from: "triggers", conditions: ["tenant = ?"], values: [filter.tenant] };
  if (after !== undefined) {
    const { namespace, flowId, triggerId } = after;
    demand(selection, "(namespace, flow_id, trigger_id) > (?, ?, ?)", namespace, flowId, triggerId);
  }
  demandNamespace(selection, filter);
  demandIf(selection, "flow_id = ?", filter.flowId);
  if (filter.disabled !== undefined) demand(selection, `${columns.disabled} = ?`, filter.disabled ? 1 : 0);
  if (filter.locked !== undefined) demand(selection, `${columns.executionId} IS ${filter.locked ? "NOT " : ""}NULL`);
  demandIf(selection, "next_date >= ?", filter.nextAfter);
  demandIf(selection, "next_date <= ?", filter.nextBefore);
  demandIf(selection, `${columns.date} >= ?`, filter.lastAfter);
  demandIf(selection, `${columns.date} <= ?`, filter.lastBefore);
  demandText(dialect, selection, ["trigger_id", "flow_id", "namespace"], filter.query);
  demandTexts(dialect, selection, TEXT_COLUMNS, filter.texts);
  return selection;
}

const TEXT_COLUMNS = { triggerId: "trigger_id", flowId: "flow_id", namespace: "namespace" } as const;
