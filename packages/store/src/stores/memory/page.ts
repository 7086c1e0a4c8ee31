import type { Page, PageRequest } from "../../store.ts";

type SortValue = string | number | undefined;

/** What a list can be sorted by, and what makes its order total. */
export interface Sorting<Row, Key extends string> {
  readonly values: Readonly<Record<Key, (row: Row) => SortValue>>;
  /** Breaks ties, in the direction of the last sort. */
  readonly key: readonly ((row: Row) => SortValue)[];
  readonly fallback: { readonly key: Key; readonly descending: boolean };
}

/** Sorts all matches, missing values first, and copies one page of them; `isBehind` says which rows `after` leaves. */
export function pageOf<Row, Key extends string>(
  matches: readonly Row[],
  page: Omit<PageRequest<Key>, "after">,
  { values, key, fallback }: Sorting<Row, Key>,
  isBehind: (row: Row) => boolean = () => true,
): Page<Row> {
  const sort = page.sort === undefined || page.sort.length === 0 ? [fallback] : page.sort;
  const lastDescending = sort.at(-1)!.descending;
  const terms = [
    ...sort.map((term) => ({ value: values[term.key], descending: term.descending })),
    ...key.map((value) => ({ value, descending: lastDescending })),
  ];
  const wanted = matches.filter(isBehind);
  const sorted = wanted.toSorted((left, right) => {
    for (const { value, descending } of terms) {
      const order = compareValues(value(left), value(right));
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
  return { rows: structuredClone(sorted.slice(page.offset, page.offset + page.limit)), total: wanted.length };
}

export function compareValues(left: SortValue, right: SortValue): number {
  if (left === right) return 0;
  if (left === undefined) return -1;
  if (right === undefined) return 1;
  return left < right ? -1 : 1;
}

/** A namespace, or a namespace with all below it. */
export function isInNamespace(
  namespace: string,
  filter: { readonly namespace?: string; readonly namespacePrefix?: string },
): boolean {
  const { namespacePrefix: prefix } = filter;
  if (filter.namespace !== undefined && namespace !== filter.namespace) return false;
  return prefix === undefined || namespace === prefix || namespace.startsWith(`${prefix}.`);
}

/** Whether a number lies between bounds, which belong to what they bound. */
export function isWithin(value: number | undefined, after: number | undefined, before: number | undefined): boolean {
  if (after !== undefined && (value === undefined || value < after)) return false;
  return before === undefined || (value !== undefined && value <= before);
}

export function containsText(texts: readonly string[], query: string | undefined): boolean {
  if (query === undefined) return true;
  return texts.some((text) => text.toLowerCase().includes(query.toLowerCase()));
}

/** Whether a wanted value is absent or equal. */
export function accepts<Value>(wanted: Value | undefined, value: Value | undefined): boolean {
  return wanted === undefined || wanted === value;
}
