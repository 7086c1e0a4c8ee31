import type { Page, PageRequest } from "@capstan/store";
import { Refusal } from "../refusal.ts";

export interface PageQuery {
  readonly page: number;
  readonly size: number;
  readonly sort?: readonly string[] | undefined;
}

/** The page of the store for a page of the API; `keys` names what may be sorted by. Throws 422 for another key. */
export function readPage<Key extends string>(query: PageQuery, keys: Readonly<Record<string, Key>>): PageRequest<Key> {
  const sort = (query.sort ?? []).map((text) => {
    const [name = "", direction = "asc"] = text.split(":");
    if (!Object.hasOwn(keys, name) || !/^(?:asc|desc)$/i.test(direction))
      throw new Refusal(
        "sort-invalid",
        `Can't sort by "${text}"; write <key>:asc or <key>:desc with ${Object.keys(keys).join(", ")}`,
      );
    return { key: keys[name]!, descending: direction.toLowerCase() === "desc" };
  });
  return { offset: (query.page - 1) * query.size, limit: query.size, ...(sort.length > 0 && { sort }) };
}

export function presentPage<Row, Item>({ rows, total }: Page<Row>, present: (row: Row) => Item) {
  return { results: rows.map(present), total };
}

/** A list in memory by what a query sorts it by: the names themselves, which `keys` name. Throws 422 for another key. */
export function sortNames(names: readonly string[], query: PageQuery, keys: readonly string[]): readonly string[] {
  const { sort } = readPage(query, Object.fromEntries(keys.map((key) => [key, key])));
  const sorted = names.toSorted();
  return sort?.[0]?.descending === true ? sorted.toReversed() : sorted;
}

/** One page of a list that is already in memory. */
export function sliceOf<Item>(items: readonly Item[], { page, size }: PageQuery) {
  return { results: items.slice((page - 1) * size, page * size), total: items.length };
}

/** Every row of a search, page by page, up to `limit`; throws 400 when there are more. */
export async function readAll<Row>(
  search: (page: { offset: number; limit: number }) => Promise<Page<Row>>,
  limit: number,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const page = await search({ offset: rows.length, limit: 1000 });
    if (page.total > limit)
      throw new Refusal("too-many-matches", `${page.total} match; one call takes at most ${limit}. Narrow the filters`);
    rows.push(...page.rows);
    if (page.rows.length === 0 || rows.length >= page.total) return rows;
  }
}

/** Rows read from the store at once where all of them are wanted. */
const BATCH_ROWS = 1000;

/** Every row of a search, read page by page while it is used, so that any number of them takes little memory. */
export async function* eachRow<Row>(
  search: (page: { offset: number; limit: number; uncounted: boolean }) => Promise<Page<Row>>,
): AsyncGenerator<Row> {
  for (let offset = 0; ; offset += BATCH_ROWS) {
    const { rows } = await search({ offset, limit: BATCH_ROWS, uncounted: true });
    yield* rows;
    if (rows.length < BATCH_ROWS) return;
  }
}
