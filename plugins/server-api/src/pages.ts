import { FETCHED_CHARACTERS_MAX, TaskFailure } from "@capstan/sdk";
import type { Parameters } from "@capstan/sdk/http";
import { z } from "zod";
import type { ServerApi } from "./connection.ts";

/** Rows that are asked for at once where all of them are wanted. */
export const PAGE_ROWS = 200;

export interface Search<Row> {
  /** For messages, such as `Listing flows`. */
  readonly what: string;
  readonly path: string;
  readonly params?: Parameters;
  readonly row: z.ZodType<Row>;
  /** Tells rows apart, where new ones come before those that are there. */
  readonly idOf?: (row: Row) => string;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** How many rows all pages have. */
  readonly total: number;
  /** The server counted roughly. */
  readonly isEstimate: boolean;
}

/** One page, from 1. */
export async function pageOf<Row>(
  api: ServerApi,
  { what, path, params = {}, row }: Search<Row>,
  page: number,
  size: number,
): Promise<Page<Row>> {
  const answer = z.object({ results: z.array(row), total: z.number() });
  const asked = { ...params, page: String(page), size: String(size) };
  const { value, header } = await api.call({
    what,
    path,
    params: asked,
    answer,
    lessAdvice: "Ask for smaller pages with `size`.",
  });
  return { rows: value.results, total: value.total, isEstimate: header("capstan-total") === "estimate" };
}

/**
 * All rows, page by page as they are taken. Rows that come while it pages push others to the next page, where they are passed over: more
 * than a page of them at once, and some rows come twice.
 */
export async function* rowsOf<Row>(api: ServerApi, search: Search<Row>, size = PAGE_ROWS): AsyncGenerator<Row> {
  const { idOf } = search;
  let before = new Set<string>();
  let given = 0;
  for (let page = 1; ; page += 1) {
    const { rows, total, isEstimate } = await pageOf(api, search, page, size);
    for (const row of rows) if (idOf === undefined || !before.has(idOf(row))) yield row;
    given += rows.length;
    // An estimate says nothing of the end; and a server may give less than it was asked for.
    const isLast = isEstimate ? rows.length < size : given >= total;
    if (rows.length === 0 || isLast) return;
    if (idOf !== undefined) before = new Set(rows.map(idOf));
  }
}

/** All rows as a list for an output. Throws `TaskFailure` when they are more than outputs hold, with the advice how less is asked for. */
export async function collected<Row>(
  rows: AsyncIterable<Row>,
  what: string,
  lessAdvice: string,
): Promise<readonly Row[]> {
  const taken: Row[] = [];
  let characters = 0;
  for await (const row of rows) {
    characters += JSON.stringify(row).length;
    if (characters > FETCHED_CHARACTERS_MAX)
      throw new TaskFailure(
        `${what} found more than ${FETCHED_CHARACTERS_MAX} characters of JSON, which is what outputs hold. ${lessAdvice}`,
      );
    taken.push(row);
  }
  return taken;
}
