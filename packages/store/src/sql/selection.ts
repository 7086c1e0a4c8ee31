import type { PageRequest, TextCondition, TextDemand } from "../store.ts";
import type { SqlDialect, SqlValue } from "./dialect.ts";

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

export function demandOneOf(
  dialect: SqlDialect,
  selection: Selection,
  column: string,
  values: readonly (string | number)[] | undefined,
): void {
  if (values !== undefined) demand(selection, dialect.isOneOf(column), dialect.list(values));
}

/** A namespace, or a namespace with all below it: a range that an index can walk. `/` follows `.` in the alphabet. */
export function demandNamespace(
  selection: Selection,
  filter: { readonly namespace?: string; readonly namespacePrefix?: string },
  column = "namespace",
): void {
  demandIf(selection, `${column} = ?`, filter.namespace);
  const prefix = filter.namespacePrefix;
  if (prefix === undefined) return;
  demand(selection, `${column} >= ? AND ${column} < ?`, prefix, `${prefix}/`);
  demand(selection, `(${column} = ? OR ${column} >= ?)`, prefix, `${prefix}.`);
}

/** Free text: any of the columns contains it, whatever the case of its letters. */
export function demandText(
  dialect: SqlDialect,
  selection: Selection,
  columns: readonly string[],
  query: string | undefined,
): void {
  if (query === undefined || query === "") return;
  const condition = columns.map((column) => dialect.contains(`lower(${column})`, "?")).join(" OR ");
  demand(selection, `(${condition})`, ...columns.map(() => query.toLowerCase()));
}

/** Each demand on the column of its field, named with its table where a list of JSON has one of the same name. */
export function demandTexts<Field extends string>(
  dialect: SqlDialect,
  selection: Selection,
  columns: Readonly<Record<Field, string>>,
  demands: readonly TextDemand<Field>[] = [],
): void {
  for (const one of demands) {
    const { sql, value } = textCondition(dialect, columns[one.field], one);
    demand(selection, sql, value);
  }
}

/** SQL with one parameter: the values as a list. A missing text passes a negated condition only. */
export function textCondition(
  dialect: SqlDialect,
  text: string,
  { operator, values, negated = false }: TextCondition,
): { readonly sql: string; readonly value: SqlValue } {
  const isExact = operator === "IN" || operator === "WITHIN";
  const value = dialect.list(isExact ? values : values.map((one) => one.toLowerCase()));
  const below = `substr(${text}, 1, length(wanted.value) + 1) = wanted.value || '.'`;
  const sql = {
    IN: () => `coalesce(${dialect.isOneOf(text)}, FALSE)`,
    CONTAINS: () => dialect.anyWanted(dialect.contains(`lower(${text})`, "wanted.value")),
    STARTS_WITH: () => dialect.anyWanted(`substr(lower(${text}), 1, length(wanted.value)) = wanted.value`),
    ENDS_WITH: () => dialect.anyWanted(dialect.endsWith(`lower(${text})`, "wanted.value")),
    WITHIN: () => dialect.anyWanted(`${text} = wanted.value OR ${below}`),
  }[operator]();
  return { sql: negated ? `NOT ${sql}` : sql, value };
}

/** A column to sort by; where it may be missing, missing values sort first. */
export type SortColumn = string | { readonly nullable: string };

/** The ORDER BY of a page; `key` columns break ties in the direction of the last sort. */
export function orderBy<Key extends string>(
  page: Pick<PageRequest<Key>, "sort">,
  columns: Readonly<Record<Key, SortColumn>>,
  key: readonly string[],
  fallback: NonNullable<PageRequest<Key>["sort"]>,
): string {
  const sort = page.sort === undefined || page.sort.length === 0 ? fallback : page.sort;
  const isDescending = sort.at(-1)?.descending === true;
  const terms = sort.map((term) => sortTerm(columns[term.key], term.descending));
  return [...terms, ...key.map((column) => sortTerm(column, isDescending))].join(", ");
}

function sortTerm(column: SortColumn, isDescending: boolean): string {
  if (typeof column === "string") return isDescending ? `${column} DESC` : column;
  return `${column.nullable} ${isDescending ? "DESC NULLS LAST" : "ASC NULLS FIRST"}`;
}

export function selectSql(columns: string, selection: Selection, order: string): string {
  return `SELECT ${columns} FROM ${selection.from} WHERE ${whereOf(selection)} ORDER BY ${order} LIMIT ? OFFSET ?`;
}

export function countSql(selection: Selection): string {
  return `SELECT count(*) AS total FROM ${selection.from} WHERE ${whereOf(selection)}`;
}

export function whereOf(selection: Selection): string {
  return selection.conditions.join(" AND ");
}

/** The number of all matches as far as the page itself tells; undefined when they must be counted. */
export function knownTotal(found: number, page: Omit<PageRequest, "sort" | "after">): number | undefined {
  const { offset, limit, uncounted = false } = page;
  const isLast = found < limit && (found > 0 || offset === 0);
  return isLast || uncounted ? offset + found : undefined;
}
