import type { KeyValueFilter, PageRequest } from "../store.ts";
import type { SqlDialect } from "./dialect.ts";
import { demand, demandIf, demandNamespace, demandText, demandTexts, orderBy, type Selection } from "./selection.ts";

/** Takes one parameter: the time at which it is asked. */
export const UNEXPIRED = "(expires_at IS NULL OR expires_at > ?)";

export type KeyValueSortKey = "key" | "namespace" | "updatedAt" | "expiresAt";

/** `updatedAt` is a column, or a part of the body. */
export function keyValueOrder(updatedAt: string, page: Pick<PageRequest<KeyValueSortKey>, "sort">): string {
  const columns = { key: "key", namespace: "namespace", updatedAt, expiresAt: { nullable: "expires_at" } };
  return orderBy(page, columns, ["namespace", "key"], [{ key: "namespace", descending: false }]);
}

export function selectKeyValues(
  dialect: SqlDialect,
  updatedAt: string,
  filter: KeyValueFilter,
  now: number,
): Selection {
  const selection: Selection = { from: "key_values", conditions: ["tenant = ?"], values: [filter.tenant] };
  demandNamespace(selection, filter);
  demand(selection, UNEXPIRED, now);
  demandIf(selection, `${updatedAt} >= ?`, filter.updatedAfter);
  demandIf(selection, `${updatedAt} <= ?`, filter.updatedBefore);
  demandText(dialect, selection, ["key", "namespace"], filter.query);
  demandTexts(dialect, selection, { key: "key_values.key", namespace: "namespace" }, filter.texts);
  return selection;
}
