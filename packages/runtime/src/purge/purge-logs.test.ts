import { createMemoryStore } from "@capstan/store";
import { expect, test } from "vitest";
import { purgeLogs, purgeWholeBatches } from "./purge-logs.ts";

const T0 = 1_700_000_000_000;

/** Batches of two lines each, the last of which is of the next time; commits are counted. */
async function setup(count: number) {
  const store = createMemoryStore();
  await store.start();
  const of = { tenant: "main", namespace: "company", flowId: "hello" };
  const line = (time: number) => ({ time, level: "INFO", message: "x" }) as const;
  await store.commit({
    logs: Array.from({ length: count }, (_, number) => ({
      ...of,
      lines: [line(T0 + number), line(T0 + number + 1)],
    })),
  });
  let commits = 0;
  const counting = {
    ...store,
    commit: (unit: Parameters<typeof store.commit>[0]) => {
      commits += 1;
      return store.commit(unit);
    },
  };
  const left = async () => (await store.logs.search({ tenant: "main" }, { offset: 0, limit: 0 })).total;
  return { store: counting, left, commits: () => commits };
}

test("lines go in commits of a thousand batches, and then those among others that stay", async () => {
  const { store, left, commits } = await setup(2_500);
  expect(await purgeLogs(store, { tenant: "main", before: T0 + 2_400 })).toBe(4_801);
  expect(await left()).toBe(199);
  expect(commits()).toBe(4);
});

test("batches with a line that stays are left whole where only whole batches go", async () => {
  const { store, left } = await setup(10);
  expect(await purgeWholeBatches(store, { tenant: "main", before: T0 + 5 })).toBe(10);
  expect(await left()).toBe(10);
});
