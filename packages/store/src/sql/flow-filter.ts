import type { FlowFilter, FlowKey, PageRequest } from "../store.ts";
import type { SqlDialect } from "./dialect.ts";
import {
  demand,
  demandNamespace,
  demandText,
  demandTexts,
  orderBy,
  type Selection,
  textCondition,
} from "./selection.ts";

const SORT_COLUMNS = { id: "flows.id", namespace: "namespace", updatedAt: "updated_at" } as const;

export type FlowSortKey = keyof typeof SORT_COLUMNS;

export function flowOrder(page: Pick<PageRequest<FlowSortKey>, "sort">): string {
  return orderBy(page, SORT_COLUMNS, ["namespace", "flows.id"], [{ key: "namespace", descending: false }]);
}

export function selectFlows(dialect: SqlDialect, filter: FlowFilter, after?: FlowKey): Selection {
  const selection: Selection = { from: "flows", conditions: ["tenant = ?"], values: [filter.tenant] };
  if (after !== undefined) demand(selection, "(namespace, flows.id) > (?, ?)", after.namespace, after.id);
  demandNamespace(selection, filter);
  if (filter.includeDeleted !== true) demand(selection, "deleted = 0");
  const { from, key: keyOf, value: valueOf } = dialect.flowLabels;
  for (const { key, value } of filter.labels ?? []) {
    demand(selection, `EXISTS (SELECT 1 FROM ${from} WHERE ${keyOf} = ? AND ${valueOf} = ?)`, key, value);
  }
  demandText(dialect, selection, ["flows.id", "namespace"], filter.query);
  demandTexts(dialect, selection, { id: "flows.id", namespace: "namespace" }, filter.texts);
  for (const { key, negated = false, ...condition } of filter.labelDemands ?? []) {
    const { sql, value } = textCondition(dialect, valueOf, condition);
    const labelled = `SELECT 1 FROM ${from} WHERE ${keyOf} = ? AND ${sql}`;
    demand(selection, `${negated ? "NOT " : ""}EXISTS (${labelled})`, key, value);
  }
  return selection;
}
