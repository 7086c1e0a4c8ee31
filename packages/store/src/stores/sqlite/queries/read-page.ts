import { countSql, knownTotal, selectSql, type Selection } from "../../../sql/selection.ts";
import type { Page, PageRequest, TimePart } from "../../../store.ts";
import type { Database } from "../driver.ts";

/** One page of rows and the number of all matches; counts only when the page itself doesn't tell. */
export function readPage<Row>(
  database: Database,
  columns: string,
  selection: Selection,
  order: string,
  page: Omit<PageRequest, "sort" | "after">,
): Page<Row> {
  const values = [...selection.values, page.limit, page.offset];
  const rows = database.all<Row>(selectSql(columns, selection, order), values);
  const total = knownTotal(rows.length, page);
  if (total !== undefined) return { rows, total };
  return { rows, total: database.get<{ total: number }>(countSql(selection), selection.values)?.total ?? 0 };
}

/** Parts of time as a table: `part` is a position, `part_from` and `part_before` its bounds. Its parameter is `partsValue`. */
export const PARTS = "(SELECT key AS part, value ->> 0 AS part_from, value ->> 1 AS part_before FROM json_each(?))";

export function partsValue(parts: readonly TimePart[]): string {
  return JSON.stringify(parts.map(({ from, before }) => [from, before]));
}
