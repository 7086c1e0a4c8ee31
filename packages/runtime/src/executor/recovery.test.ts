import type { FlowQueries, Store } from "@capstan/store";
import { expect, test } from "vitest";
import { NAMESPACE, recordedStore, runtimeByHand, TENANT } from "./test-kit/runtime-by-hand.ts";

const flow = (id: string) => `id: ${id}\nnamespace: ${NAMESPACE}\ntasks: [{ id: t, type: test.Wait }]`;

/** The same store, in which one flow is missing. */
function withoutFlow(store: Store, id: string): Store {
  const get: FlowQueries["get"] = async (key, options) => (key.id === id ? undefined : store.flows.get(key, options));
  return { ...store, flows: { ...store.flows, get } };
}

test("an execution whose flow can't be read keeps no other one from going on", async () => {
  const { store, left } = recordedStore();
  const first = await runtimeByHand(store, [flow("lost"), flow("kept")]);
  const [lost, kept] = [await first.create("lost"), await first.create("kept")];
  await first.job(kept.id, "t");

  const again = recordedStore(left.at(-1));
  const second = await runtimeByHand(withoutFlow(again.store, "lost"), []);
  second.host.ended((await second.job(kept.id, "t")).key, { state: "SUCCESS" });
  expect((await second.ended(kept.id)).row.state).toBe("SUCCESS");
  expect((await again.store.executions.get(TENANT, lost.id))?.state).toBe("RUNNING");
});
