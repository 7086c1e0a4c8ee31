import { createMemoryStore, type Store } from "@capstan/store";
import { describe, expect, test } from "vitest";
import { createFamilies, DESCENDANTS_MAX, GENERATIONS, type Families } from "./families.ts";

const ROOT = "root";
const newcomer = { tenant: "main", namespace: "company", flowId: "f" };
const ofRoot = { ...newcomer, labels: [{ key: "system.correlationId", value: ROOT }] };

/** A store that says how many executions have the correlation. */
function storeWith(total: number): Store {
  const store = createMemoryStore();
  return { ...store, executions: { ...store.executions, search: async () => ({ rows: [], total }) } };
}

async function joined(families: Families, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) await families.join({ ...ofRoot, generation: 1 });
}

describe("what descends from one execution", () => {
  test("is counted up to the limit", async () => {
    const families = createFamilies(storeWith(1), 3);
    await joined(families, 3);
    await expect(families.join({ ...ofRoot, generation: 1 })).rejects.toThrow(
      "3 executions descend from root, which is as many as may: do flows start each other without end, here company.f?",
    );
  });

  test("counts what is stored, whatever process was lost", async () => {
    const families = createFamilies(storeWith(1 + 2), 3);
    await joined(families, 1);
    await expect(joined(families, 1)).rejects.toThrow("3 executions descend");
  });

  test("does not count what did not come into being", async () => {
    const families = createFamilies(storeWith(1), 1);
    (await families.join(ofRoot)).refused();
    await joined(families, 1);
    await expect(joined(families, 1)).rejects.toThrow("1 executions descend");
  });

  test("may be more in later generations: one that starts its successor goes on for ever", async () => {
    const families = createFamilies(storeWith(1 + DESCENDANTS_MAX));
    await expect(families.join({ ...ofRoot, generation: GENERATIONS })).rejects.toThrow("100000 executions descend");
    await expect(families.join({ ...ofRoot, generation: GENERATIONS + 1 })).resolves.toBeDefined();
  });

  test("is counted anew when the store could not tell", async () => {
    const store = storeWith(1);
    let isAway = true;
    const search: Store["executions"]["search"] = async (...asked) => {
      if (isAway) throw new Error("away");
      return store.executions.search(...asked);
    };
    const families = createFamilies({ ...store, executions: { ...store.executions, search } }, 1);
    await expect(families.join(ofRoot)).rejects.toThrow("away");
    isAway = false;
    await expect(families.join(ofRoot)).resolves.toBeDefined();
  });
});
