import type { Page, PageRequest, TextCondition, TextDemand, TimePart } from "../../store.ts";
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

/** A condition on the text of an expression; parameters follow the sign. */
export function demandPassing(selection: Selection, expression: string, condition: TextCondition): void {
  const { sql, value } = textCondition(expression, condition);
  demand(selection, sql, value);
}

/** Each demand on the column of its field, named with its table where a list of JSON has one of the same name. */
export function demandTexts<Field extends string>(
  selection: Selection,
  columns: Readonly<Record<Field, string>>,
  demands: readonly TextDemand<Field>[] = [],
): void {
  for (const one of demands) demandPassing(selection, columns[one.field], one);
}

/** SQL with one parameter: the values as a list of JSON. A missing text passes a negated condition only. */
export function textCondition(
  text: string,
  { operator, values, negated = false }: TextCondition,
): { readonly sql: string; readonly value: string } {
  const isExact = operator === "IN" || operator === "WITHIN";
  const value = JSON.stringify(isExact ? values : values.map((one) => one.toLowerCase()));
  const any = (sql: string) => `EXISTS (SELECT 1 FROM json_each(?) AS wanted WHERE ${sql})`;
  const sql = {
    IN: () => `coalesce(${text} IN (SELECT value FROM json_each(?)), 0)`,
    CONTAINS: () => any(`instr(lower(${text}), wanted.value) > 0`),
    STARTS_WITH: () => any(`substr(lower(${text}), 1, length(wanted.value)) = wanted.value`),
    ENDS_WITH: () => any(`substr(lower(${text}), -length(wanted.value)) = wanted.value`),
    WITHIN: () => any(`${text} = wanted.value OR substr(${text}, 1, length(wanted.value) + 1) = wanted.value || '.'`),
  }[operator]();
  return { sql: negated ? `NOT ${sql}` : sql, value };
}

/** The ORDER BY of a page; `key` columns break ties in the direction of the last sort. */
export function orderBy<Key extends string>(
  page: Pick<PageRequest<Key>, "sort">,
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
  return `SELECT ${columns} FROM ${selection.from} WHERE ${whereOf(selection)} ORDER BY ${order} LIMIT ? OFFSET ?`;
}

export function countSql(selection: Selection): string {
  return `SELECT count(*) AS total FROM ${selection.from} WHERE ${whereOf(selection)}`;
}

/** Parts of time as a table: `part` is a position, `part_from` and `part_before` its bounds. Its parameter is `partsValue`. */
export const PARTS = "(SELECT key AS part, value ->> 0 AS part_from, value ->> 1 AS part_before FROM json_each(?))";

export function partsValue(parts: readonly TimePart[]): string {
  return JSON.stringify(parts.map(({ from, before }) => [from, before]));
}

export function whereOf(selection: Selection): string {
  return selection.conditions.join(" AND ");
}

/** One page of rows and the number of all matches; counts only when the page itself doesn't tell. */
export function readPage<Row>(
  database: Database,
  columns: string,
  selection: Selection,
  order: string,
  { offset, limit, uncounted = false }: Omit<PageRequest, "sort" | "after">,
): Page<Row> {
  const rows = database.all<Row>(selectSql(columns, selection, order), [...selection.values, limit, offset]);
  const isLast = rows.length < limit && (rows.length > 0 || offset === 0);
  if (isLast || uncounted) return { rows, total: offset + rows.length };
  const total = database.get<{ total: number }>(countSql(selection), selection.values)?.total ?? 0;
  return { rows, total };
}
