import { createCatalogue, languageCatalogue } from "@capstan/model";
import { createMemoryStore } from "@capstan/store";
import { expect, test } from "vitest";
import { systemClock } from "../clock.ts";
import { createFlows } from "./flows.ts";

test("a plan that is needed once stays in memory from the second time on", async () => {
  const store = createMemoryStore();
  await store.start();
  const process = () =>
    createFlows(store, createCatalogue(languageCatalogue()), systemClock, { changed: () => undefined });
  const pause = "{ id: t, type: io.kestra.plugin.core.flow.Pause }";
  await process().save("main", `id: dated\nnamespace: company\ntasks: [${pause}]`);
  const key = { tenant: "main", namespace: "company", id: "dated" };
  const flows = process();
  const first = await flows.compiledOnce(key);
  expect(flows.cached(key)).toBeUndefined();
  const second = await flows.compiledOnce(key);
  expect(flows.cached(key)).toBe(second);
  expect(await flows.compiledOnce(key)).toBe(second);
  expect(first.plan.flow).toEqual(second.plan.flow);
  await expect(flows.compiledOnce({ ...key, id: "none" })).rejects.toMatchObject({ code: "flow-not-found" });
});
