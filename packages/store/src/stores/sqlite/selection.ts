import type { Page, PageRequest } from "../../store.ts";
import type { Database, SqlValue } from "./driver.ts";

/** What a list reads: a table (with the index it must use) and conditions joined by AND. */
export interface Selection {
  readonly from: string;
  readonly conditions: string[];
  readonly values: SqlValue[];
}

export function demand(selection: Selection, condition: string, ...values: readonly SqlValue[]): void {
  selection.conditions.push(condition);
  selection.values.push(...values);
}

/** Adds `condition` when the filter has the value. */
export function demandIf(selection: Selection, condition: string, value: SqlValue | undefined): void {
  if (value !== undefined) demand(selection, condition, value);
}

export function demandOneOf(selection: Selection, column: string, values: readonly SqlValue[] | undefined): void {
  if (values === undefined) return;
  demand(selection, `${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(values));
}

/** A namespace, or a namespace with all below it: a range that an index can walk. `/` follows `.` in the alphabet. */
export function demandNamespace(
  selection: Selection,
  filter: { readonly namespace?: string; readonly namespacePrefix?: string },
): void {
  demandIf(selection, "namespace = ?", filter.namespace);
  const prefix = filter.namespacePrefix;
  if (prefix === undefined) return;
  demand(selection, "namespace >= ? AND namespace < ?", prefix, `${prefix}/`);
  demand(selection, "(namespace = ? OR namespace >= ?)", prefix, `${prefix}.`);
}

/** Free text: any of the columns contains it, whatever the case of its letters. */
export function demandText(selection: Selection, columns: readonly string[], query: string | undefined): void {
  if (query === undefined || query === "") return;
  const condition = columns.map((column) => `instr(lower(${column}), ?) > 0`).join(" OR ");
  demand(selection, `(${condition})`, ...columns.map(() => query.toLowerCase()));
}

/** The ORDER BY of a page; `key` columns break ties in the direction of the last sort. */
export function orderBy<Key extends string>(
  page: PageRequest<Key>,
  columns: Readonly<Record<Key, string>>,
  key: readonly string[],
  fallback: NonNullable<PageRequest<Key>["sort"]>,
): string {
  const sort = page.sort === undefined || page.sort.length === 0 ? fallback : page.sort;
  const direction = sort.at(-1)?.descending === true ? " DESC" : "";
  const terms = sort.map((term) => `${columns[term.key]}${term.descending ? " DESC" : ""}`);
  return [...terms, ...key.map((column) => `${column}${direction}`)].join(", ");
}

export function selectSql(columns: string, selection: Selection, order: string): string {
  return `SELECT ${columns} FROM ${selection.from} WHERE ${where(selection)} ORDER BY ${order} LIMIT ? OFFSET ?`;
}

export function countSql(selection: Selection): string {
  return `SELECT count(*) AS total FROM ${selection.from} WHERE ${where(selection)}`;
}

function where(selection: Selection): string {
  return selection.conditions.join(" AND ");
}

/** One page of rows and the number of all matches; counts only when the page itself doesn't tell. */
export function readPage<Row>(
  database: Database,
  columns: string,
  selection: Selection,
  order: string,
  { offset, limit }: PageRequest,
): Page<Row> {
  const rows = database.all<Row>(selectSql(columns, selection, order), [...selection.values, limit, offset]);
  const isLast = rows.length < limit && (rows.length > 0 || offset === 0);
  if (isLast) return { rows, total: offset + rows.length };
  const total = database.get<{ total: number }>(countSql(selection), selection.values)?.total ?? 0;
  return { rows, total };
}
