import { expect, test } from "vitest";
import { execution, TENANT } from "../../conformance/fixtures.ts";
import { createMemoryStore } from "./memory-store.ts";

/** A store whose flushes wait until `flush` is called. */
async function setup() {
  const flushes: (() => void)[] = [];
  const store = createMemoryStore({ whenPending: (flush) => flushes.push(flush) });
  await store.start();
  return { store, flush: () => flushes.shift()?.() };
}

test("a unit is neither durable nor acknowledged before the flush", async () => {
  const { store, flush } = await setup();
  let acknowledged = false;
  const committed = store.commit({ executions: [execution("e1")] }).then(() => (acknowledged = true));
  expect(store.pendingCount).toBe(1);
  expect(await store.executions.get(TENANT, "e1")).toBeUndefined();
  expect(acknowledged).toBe(false);
  flush();
  await committed;
  expect(store.pendingCount).toBe(0);
  expect(await store.executions.get(TENANT, "e1")).toBeDefined();
});

test.each([0, 1, 2])("a crash keeps what was acknowledged and the first %i of what was pending", async (survivors) => {
  const { store, flush } = await setup();
  const acknowledged = store.commit({ executions: [execution("e0")] });
  flush();
  await acknowledged;
  let settled = 0;
  for (const id of ["e1", "e2"]) {
    store.commit({ executions: [execution(id)] }).then(
      () => (settled += 1),
      () => (settled += 1),
    );
  }
  const next = createMemoryStore({ from: store.crash(survivors) });
  flush();
  await next.start();
  const page = await next.executions.search(
    { tenant: TENANT },
    { offset: 0, limit: 9, sort: [{ key: "id", descending: false }] },
  );
  expect(page.rows.map((row) => row.id)).toEqual(["e0", "e1", "e2"].slice(0, 1 + survivors));
  expect(settled).toBe(0);
  await expect(store.commit({})).rejects.toMatchObject({ code: "store-closed" });
});

test("a snapshot doesn't follow the store it was taken of", async () => {
  const store = createMemoryStore();
  await store.start();
  await store.commit({ executions: [execution("e1")] });
  const copy = createMemoryStore({ from: store.snapshot() });
  await copy.start();
  await store.commit({ executions: [execution("e2")] });
  expect(await copy.executions.get(TENANT, "e1")).toBeDefined();
  expect(await copy.executions.get(TENANT, "e2")).toBeUndefined();
});
