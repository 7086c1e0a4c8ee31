import { createCatalogue, languageCatalogue } from "@capstan/model";
import { createMemoryStore } from "@capstan/store";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../clock.ts";
import { createFlows } from "../executor/flows.ts";
import { createFlowServices } from "./flow-services.ts";

const flow = (id: string, namespace: string, message = "x") =>
  `id: ${id}\nnamespace: ${namespace}\ntasks: [{ id: a, type: core.flow.Pause, pauseDuration: PT1S, description: ${message} }]\n`;

async function setup(tenant = "main") {
  const store = createMemoryStore();
  await store.start();
  onTestFinished(() => store.stop());
  const flows = createFlows(store, createCatalogue(languageCatalogue()), systemClock, { changed: () => undefined });
  return {
    services: createFlowServices(store, () => flows, tenant),
    other: createFlowServices(store, () => flows, "other"),
  };
}

test("a flow is new, then the same, then another one, and new again after it was deleted", async () => {
  const { services } = await setup();
  const save = async (source: string, dryRun = false) => {
    const { change, revision } = await services.save(source, { dryRun });
    return `${change} ${revision}`;
  };
  expect(await save(flow("f", "a"), true)).toBe("CREATED 1");
  expect(await services.list("a")).toEqual([]);
  expect(await save(flow("f", "a"))).toBe("CREATED 1");
  expect(await save(flow("f", "a"))).toBe("UNCHANGED 1");
  expect(await save(flow("f", "a", "y"), true)).toBe("UPDATED 2");
  expect(await services.list("a")).toEqual([{ namespace: "a", id: "f", revision: 1, source: flow("f", "a") }]);
  expect(await save(flow("f", "a", "y"))).toBe("UPDATED 2");
  expect([await services.delete("a", "f"), await services.delete("a", "f")]).toEqual([true, false]);
  expect(await save(flow("f", "a", "y"), true)).toBe("CREATED 4");
  expect(await services.list("a")).toEqual([]);
});

test("flows of a namespace are those of the tenant, with those of namespaces below where they are wanted", async () => {
  const { services, other } = await setup();
  for (const [id, namespace] of [
    ["b", "a"],
    ["a", "a"],
    ["c", "a.x"],
    ["d", "ab"],
  ])
    await services.save(flow(id!, namespace!));
  await other.save(flow("e", "a"));
  const ids = async (children: boolean) =>
    (await services.list("a", { children })).map(({ namespace, id }) => `${namespace}.${id}`);
  expect(await ids(false)).toEqual(["a.a", "a.b"]);
  expect(await ids(true)).toEqual(["a.a", "a.b", "a.x.c"]);
});

test("all flows are listed, however many there are", async () => {
  const { services } = await setup();
  for (let number = 0; number < 1_001; number += 1) await services.save(flow(`f${number}`, "a"));
  expect(new Set((await services.list("a")).map(({ id }) => id)).size).toBe(1_001);
});

test("mistakes of a flow are told with their places", async () => {
  const { services } = await setup();
  const source = "id: f\nnamespace: a\ntasks: [{ id: a, type: core.flow.Paus }]\n";
  for (const dryRun of [true, false]) {
    await expect(services.save(source, { dryRun })).rejects.toThrow(/^Invalid Flow: .*\n3:.*core\.flow\.Paus/);
  }
});
