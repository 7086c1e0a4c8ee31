import { afterAll, beforeAll, expect, test } from "vitest";
import { startAzurite } from "../testing/azurite.ts";
import { createBlobWorld, type Finding } from "../testing/blob-world.ts";

let server: Awaited<ReturnType<typeof startAzurite>>;
beforeAll(async () => {
  server = await startAzurite();
});
afterAll(() => server[Symbol.asyncDispose]());

const told = (finding: Finding) => finding?.blobs?.map(({ name, changeType }) => `${changeType} ${name}`);

test("each blob starts the flow once, and again when its content changes", async () => {
  const { world, ask, write } = await createBlobWorld(server.endpoint);
  await write("a", "first");
  const first = await ask({});
  expect(told(first)).toEqual(["CREATE a"]);
  expect(await world.files.text(first!.blobs![0]!.uri)).toBe("first");
  expect(await ask({}, first!.position)).toBeUndefined();
  await write("b");
  await write("a", "second");
  expect(told(await ask({}, first!.position))?.toSorted()).toEqual(["CREATE b", "UPDATE a"]);
});

test.each([
  ["CREATE", ["CREATE b"]],
  ["UPDATE", ["UPDATE a"]],
])("with on: %s only such changes count", async (on, expected) => {
  const { ask, write } = await createBlobWorld(server.endpoint);
  await write("a", "first");
  const first = await ask({ on });
  await write("a", "second");
  await write("b");
  expect(told(await ask({ on }, first!.position))).toEqual(expected);
});

test("blobs are moved in two steps, so that none is lost between them", async () => {
  const { container, ask, write, names } = await createBlobWorld(server.endpoint);
  await write("in/a");
  const properties = { prefix: "in/", action: "MOVE", moveTo: { container, name: "in/done/" } };
  const first = await ask(properties);
  expect(told(first)).toEqual(["CREATE in/a"]);
  expect(await names()).toEqual(["in/a", "in/done/a"]);
  // The event was lost with its server: the blob is found again.
  expect(told(await ask(properties))).toEqual(["CREATE in/a"]);
  const second = await ask(properties, first!.position);
  expect(told(second)).toBeUndefined();
  expect(await names()).toEqual(["in/done/a"]);
  await write("in/a", "another one");
  expect(told(await ask(properties, second!.position))).toEqual(["CREATE in/a"]);
});

test("what was replaced before it could be deleted stays, and is new", async () => {
  const { ask, write, names } = await createBlobWorld(server.endpoint);
  await write("a", "first");
  const first = await ask({ action: "DELETE" });
  await write("a", "second");
  const second = await ask({ action: "DELETE" }, first!.position);
  expect(told(second)).toEqual(["CREATE a"]);
  expect(await names()).toEqual(["a"]);
  expect(told(await ask({ action: "DELETE" }, second!.position))).toBeUndefined();
  expect(await names()).toEqual([]);
});

test("an event takes no more blobs than it may, and the next one has the rest", async () => {
  const { ask, write } = await createBlobWorld(server.endpoint);
  for (const name of ["a", "b", "c"]) await write(name);
  const first = await ask({ maxFiles: 2 });
  expect(first!.blobs).toHaveLength(2);
  const rest = await ask({ maxFiles: 2 }, first!.position);
  expect([...told(first)!, ...told(rest)!].toSorted()).toEqual(["CREATE a", "CREATE b", "CREATE c"]);
});

test("blobs that would be moved to the same place are not of one event", async () => {
  const { container, ask, write, read } = await createBlobWorld(server.endpoint);
  await write("in/1/a", "one");
  await write("in/2/a", "two");
  const properties = { prefix: "in/", action: "MOVE", moveTo: { container, name: "done" } };
  const first = await ask(properties);
  expect(first!.blobs).toHaveLength(1);
  const second = await ask(properties, first!.position);
  expect(second!.blobs).toHaveLength(1);
  expect(["one", "two"]).toContain(await read("done/a"));
});
