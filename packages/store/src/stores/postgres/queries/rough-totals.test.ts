import { expect, test } from "vitest";
import type { Reader } from "../reader.ts";
import { estimateOf, roughTotal } from "./rough-totals.ts";

const SELECTION = { from: "executions", conditions: ["tenant = ?"], values: ["main"] };
const PAGE = { offset: 50 };

/** A database that expects so many rows at such a cost, and has so many. */
function reader({ rows, cost, has }: Database) {
  const counts: string[] = [];
  const asked: Pick<Reader, "expect" | "get"> = {
    expect: async () => ({ rows, cost }),
    get: async <Row>(sql: string) => {
      counts.push(sql);
      return { total: has } as Row;
    },
  };
  return { asked, counts };
}

interface Database {
  readonly rows: number;
  readonly cost: number;
  readonly has?: number;
}

test.each<readonly [string, Database, object]>([
  ["few that are cheap to find are counted", { rows: 30, cost: 100, has: 77 }, { total: 77 }],
  ["many are estimated", { rows: 2e6, cost: 1e6 }, { total: 2e6, isEstimate: true }],
  ["few that are hard to find are estimated", { rows: 300, cost: 1e6 }, { total: 300, isEstimate: true }],
  [
    "more than were expected are counted no further",
    { rows: 30, cost: 100, has: 10_001 },
    { total: 10_001, isEstimate: true },
  ],
])("%s", async (_what, database, expected) => {
  const { asked, counts } = reader(database);
  const selections = { counted: SELECTION, estimated: [SELECTION] };
  expect(await roughTotal(asked as Reader, selections, PAGE, 25)).toEqual(expected);
  expect(counts).toHaveLength(database.has === undefined ? 0 : 1);
});

test("an estimate agrees with the page: more is behind one that is full, and nothing behind one that is empty", () => {
  expect(estimateOf(10, PAGE, 25)).toEqual({ total: 76, isEstimate: true });
  expect(estimateOf(1_000.4, PAGE, 25)).toEqual({ total: 1_000, isEstimate: true });
  expect(estimateOf(1_000, PAGE, 0)).toEqual({ total: 50, isEstimate: true });
});
