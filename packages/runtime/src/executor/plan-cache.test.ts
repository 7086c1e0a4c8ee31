import { expect, test } from "vitest";
import { type CompiledFlow, createPlanCache } from "./plan-cache.ts";

const flow = (id: string, revision = 1) =>
  ({ row: { tenant: "main", namespace: "n", id, revision }, plan: {} }) as unknown as CompiledFlow;
const key = (id: string) => ({ tenant: "main", namespace: "n", id });

test("the latest revision and others are found by their number", () => {
  const cache = createPlanCache();
  const [first, second] = [flow("a", 1), flow("a", 2)];
  cache.put(second, { isLatest: true });
  cache.put(first, { isLatest: false });
  expect([cache.get(key("a")), cache.get(key("a"), 1), cache.get(key("a"), 2)]).toEqual([second, first, second]);
  cache.put(first, { isLatest: true });
  expect(cache.get(key("a"))).toBe(second);
  cache.forgetLatest(key("a"));
  expect(cache.get(key("a"))).toBeUndefined();
  expect(cache.get(key("a"), 2)).toBe(second);
});

test("no more than the limit are kept, those used last", () => {
  const cache = createPlanCache(4);
  for (const id of ["a", "b", "c", "d"]) cache.put(flow(id), { isLatest: true });
  cache.get(key("a"));
  cache.put(flow("e"), { isLatest: true });
  expect(["b", "a", "e"].filter((id) => cache.get(key(id)) !== undefined)).toEqual(["a", "e"]);
  expect(["a", "b", "d", "e"].filter((id) => cache.get(key(id), 1) !== undefined)).toEqual(["d", "e"]);
});

test("a flow is known to be wanted again until others took its place", () => {
  const cache = createPlanCache();
  expect(["a", "b", "a", "b"].map((id) => cache.isWantedAgain(key(id)))).toEqual([false, false, true, true]);
  for (let index = 0; index < 200_000; index += 1) cache.isWantedAgain(key(`other-${index}`));
  expect(cache.isWantedAgain(key("a"))).toBe(false);
});
