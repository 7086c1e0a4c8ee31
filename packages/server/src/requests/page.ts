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

/** Says in an answer that its total is an estimate; the answer itself is what clients of Kestra know. */
export const TOTAL_HEADER = "capstan-total";

/** As `presentPage`, of a search whose total may be an estimate. */
export function presentRoughPage<Row, Item>(
  page: Page<Row>,
  reply: { header(name: string, value: string): unknown },
  present: (row: Row) => Item,
) {
  if (page.isEstimate === true) reply.header(TOTAL_HEADER, "estimate");
  return presentPage(page, present);
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

/** Rows read from the store at once where all of them are wanted. */
const BATCH_ROWS = 1000;

/** A page of a search in the list's own order, behind the last row of the page before. */
interface NextPage<Place> {
  readonly offset: 0;
  readonly limit: number;
  readonly uncounted?: boolean;
  readonly after?: Place;
}

interface Searchable<Filter, Place, Row> {
  search(filter: Filter, page: NextPage<Place>): Promise<Page<Row>>;
}

/** Every row of a search, up to `limit`; throws 400 when there are more. */
export async function readAll<Filter, Place, Row extends Place>(
  list: Searchable<Filter, Place, Row>,
  filter: Filter,
  limit: number,
): Promise<readonly Row[]> {
  const { total, rows } = await list.search(filter, { offset: 0, limit: BATCH_ROWS });
  if (total > limit)
    throw new Refusal("too-many-matches", `${total} match; one call takes at most ${limit}. Narrow the filters`);
  if (rows.length < BATCH_ROWS) return rows;
  return [...rows, ...(await Array.fromAsync(eachRow(list, filter, rows.at(-1))))];
}

/**
 * Every row of a search, read page by page while it is used, so that any number of them takes little memory. A row that is there
 * all the time comes once, whatever is written meanwhile.
 */
export async function* eachRow<Filter, Place, Row extends Place>(
  list: Searchable<Filter, Place, Row>,
  filter: Filter,
  after?: Row,
): AsyncGenerator<Row> {
  for (let last = after; ;) {
    const page = { offset: 0, limit: BATCH_ROWS, uncounted: true } as const;
    const { rows } = await list.search(filter, last === undefined ? page : { ...page, after: last });
    yield* rows;
    if (rows.length < BATCH_ROWS) return;
    last = rows.at(-1)!;
  }
}
