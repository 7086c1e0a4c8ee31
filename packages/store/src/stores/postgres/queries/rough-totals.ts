import { type Selection, whereOf } from "../../../sql/selection.ts";
import type { Page, PageRequest } from "../../../store.ts";
import type { Reader } from "../reader.ts";

/** So many matches are counted at most. */
const COUNTED_MAX = 10_000;
/** What counting may cost, in the unit of `Expectation`: some ten or twenty milliseconds. */
export const COUNTING_COST_MAX = 5_000;

export interface RoughSelections {
  /** Along the index that suits the filter. */
  readonly counted: Selection;
  /** Each has all matches and perhaps more, with conditions on the columns of one table, which is what the database knows about. */
  readonly estimated: readonly Selection[];
}

type Total = Omit<Page<never>, "rows">;

/** The number of all matches, or an estimate where they are many, or hard to find. `found` are those of the page. */
export async function roughTotal(
  reader: Reader,
  { counted, estimated }: RoughSelections,
  page: Pick<PageRequest, "offset">,
  found: number,
): Promise<Total> {
  const expected = await Promise.all(estimated.map((one) => reader.expect(matchesSql(one), one.values)));
  const estimate = Math.min(...expected.map(({ rows }) => rows));
  if (estimate > COUNTED_MAX) return estimateOf(estimate, page, found);
  const sql = `SELECT count(*) AS total FROM (${matchesSql(counted)} LIMIT ${COUNTED_MAX + 1}) AS matches`;
  // What is counted the way it was estimated costs what that does.
  const isSame = expected.length === 1 && counted.from === estimated[0]!.from;
  const { cost } = isSame ? expected[0]! : await reader.expect(sql, counted.values);
  if (cost > COUNTING_COST_MAX) return estimateOf(estimate, page, found);
  const total = (await reader.get<{ total: number }>(sql, counted.values))?.total ?? 0;
  return total <= COUNTED_MAX ? { total } : estimateOf(Math.max(estimate, total), page, found);
}

/** An estimate that agrees with what the page shows: more follow on one that is full, and none are behind one that is empty. */
export function estimateOf(estimate: number, { offset }: Pick<PageRequest, "offset">, found: number): Total {
  const total = found > 0 ? Math.max(estimate, offset + found + 1) : Math.min(estimate, offset);
  return { total: Math.round(total), isEstimate: true };
}

/** All matches, without any of their columns. */
export function matchesSql(selection: Selection): string {
  return `SELECT FROM ${selection.from} WHERE ${whereOf(selection)}`;
}
