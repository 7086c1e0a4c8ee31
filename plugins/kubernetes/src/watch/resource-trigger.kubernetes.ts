import type { JsonMap, JsonValue } from "@capstan/sdk";
import { createTestWorld, type Emitted } from "@capstan/sdk/test-kit";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { NEVER, type TestNamespace, testNamespace } from "../testing/test-namespace.ts";
import { resourceTrigger } from "./resource-trigger.ts";

let space: TestNamespace;
beforeAll(async () => {
  space = await testNamespace();
});
afterAll(() => space[Symbol.asyncDispose]());

const maps = () => `/api/v1/namespaces/${space.name}/configmaps`;

const create = (name: string, data = {}) =>
  space.cluster.ask({
    method: "POST",
    path: maps(),
    body: { kind: "ConfigMap", metadata: { name }, data },
    signal: NEVER,
  });
const change = (name: string, data: object) =>
  space.cluster.ask({
    method: "PATCH",
    path: `${maps()}/${name}`,
    body: { data },
    contentType: "application/merge-patch+json",
    signal: NEVER,
  });

const shown = ({ event: { variables } }: Emitted) =>
  `${String(variables["event"])} ${(variables["metadata"] as { name: string }).name}`;

/** A trigger that watches, and what it emits next, which becomes durable. */
async function watching(properties: JsonMap = {}, position?: JsonValue) {
  const world = createTestWorld(position === undefined ? {} : { position });
  onTestFinished(() => world[Symbol.asyncDispose]());
  const given = { namespace: space.name, resourceType: "configmaps", ...properties };
  const listening = world.listen(resourceTrigger, given);
  onTestFinished(() => listening[Symbol.asyncDispose]());
  if (position === undefined)
    await vi.waitUntil(() => world.logs.some(({ message }) => message.startsWith("Watching")), { timeout: 20_000 });
  const next = async () => {
    const emitted = await listening.next();
    emitted.accept();
    return emitted;
  };
  return { next, listening };
}

test("each change starts the flow, and what was there before does not", async () => {
  await create("before");
  const { next } = await watching();
  await create("a");
  const first = await next();
  const metadata = { name: "a", namespace: space.name };
  expect(first.event.variables).toMatchObject({ event: "CREATED", kind: "ConfigMap", metadata });
  expect(JSON.stringify(first.event.variables)).not.toContain("managedFields");
  await change("a", { x: "1" });
  expect(shown(await next())).toBe("UPDATED a");
  await space.remove("configmaps/a");
  expect(shown(await next())).toBe("DELETED a");
});

test("what happens while nobody watches follows, and what did not become durable comes again", async () => {
  const { next, listening } = await watching();
  await create("b");
  const { position } = (await next()).event;
  await change("b", { x: "1" });
  // Not durable: the server ends.
  expect(shown(await listening.next())).toBe("UPDATED b");
  await listening[Symbol.asyncDispose]();
  await create("c");
  await space.remove("configmaps/b");
  const again = await watching({}, position);
  expect([shown(await again.next()), shown(await again.next()), shown(await again.next())]).toEqual([
    "UPDATED b",
    "CREATED c",
    "DELETED b",
  ]);
});

test("only chosen events, names, labels and states start the flow", async () => {
  const chosen = await watching({ events: ["DELETED"], fieldSelector: "metadata.name=f" });
  const state = await watching({ for: "jsonpath={.data.state}=broken" });
  for (const name of ["f", "g"]) await create(name, { state: "fine" });
  await change("g", { state: "broken" });
  await space.remove("configmaps/f");
  expect(shown(await chosen.next())).toBe("DELETED f");
  expect(shown(await state.next())).toBe("UPDATED g");
  expect([...chosen.listening.pending, ...state.listening.pending]).toEqual([]);
});

test.each([
  [{ resourceType: "gizmos" }, /^the cluster knows no resources "gizmos"/],
  [{ for: "soon" }, /^`for` is "soon"/],
  [{ fieldSelector: "nothing=1" }, /^the cluster says: "nothing" is not a known field selector/],
])("%j ends the trigger with what is wrong", async (properties, message) => {
  await using world = createTestWorld();
  await using listening = world.listen(resourceTrigger, {
    namespace: space.name,
    resourceType: "configmaps",
    ...properties,
  });
  await expect(listening.ended).rejects.toThrow(message);
});
