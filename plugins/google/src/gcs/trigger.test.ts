import { afterAll, beforeAll, expect, test } from "vitest";
import { BUILD_MS_MAX, startFakeGcs } from "../testing/fake-gcs.ts";
import { createStorageWorld, type Finding } from "../testing/storage-world.ts";

let server: Awaited<ReturnType<typeof startFakeGcs>>;
beforeAll(async () => {
  server = await startFakeGcs();
}, BUILD_MS_MAX);
afterAll(() => server[Symbol.asyncDispose]());

const told = (finding: Finding) => finding?.blobs?.map(({ name, changeType }) => `${changeType} ${name}`);

test("each object starts the flow once, and again when its content changes", async () => {
  const { world, ask, write } = await createStorageWorld(server.endpoint);
  await write("a", "first");
  const first = await ask({});
  expect(told(first)).toEqual(["CREATE a"]);
  expect(await world.files.text(first!.blobs![0]!.uri)).toBe("first");
  expect(await ask({}, first!.position)).toBeUndefined();
  await write("b");
  await write("a", "second");
  const second = await ask({}, first!.position);
  expect(told(second)?.toSorted()).toEqual(["CREATE b", "UPDATE a"]);
});

test.each([
  ["CREATE", ["CREATE b"]],
  ["UPDATE", ["UPDATE a"]],
])("with on: %s only such changes count", async (on, expected) => {
  const { ask, write } = await createStorageWorld(server.endpoint);
  await write("a", "first");
  const first = await ask({ on });
  await write("a", "second");
  await write("b");
  expect(told(await ask({ on }, first!.position))).toEqual(expected);
});

test("objects are moved in two steps, so that none is lost between them", async () => {
  const { bucket, ask, write, names } = await createStorageWorld(server.endpoint);
  await write("in/a");
  const move = { from: `gs://${bucket}/in/`, action: "MOVE", moveDirectory: `gs://${bucket}/in/done/` };
  const properties = { ...move, listingType: "RECURSIVE" };
  const first = await ask(properties);
  expect(told(first)).toEqual(["CREATE in/a"]);
  expect(await names()).toEqual(["in/a", "in/done/a"]);
  // The event was lost with its server: the object is found again.
  expect(told(await ask(properties))).toEqual(["CREATE in/a"]);
  const second = await ask(properties, first!.position);
  expect(told(second)).toBeUndefined();
  expect(await names()).toEqual(["in/done/a"]);
  await write("in/a", "another one");
  expect(told(await ask(properties, second!.position))).toEqual(["CREATE in/a"]);
});

test("what was replaced before it could be deleted stays, and is new", async () => {
  const { ask, write, names } = await createStorageWorld(server.endpoint);
  await write("a", "first");
  const first = await ask({ action: "DELETE" });
  await write("a", "second");
  const second = await ask({ action: "DELETE" }, first!.position);
  expect(told(second)).toEqual(["CREATE a"]);
  expect(await names()).toEqual(["a"]);
  expect(told(await ask({ action: "DELETE" }, second!.position))).toBeUndefined();
  expect(await names()).toEqual([]);
});

test("an event takes no more objects than it may, and the next one has the rest", async () => {
  const { ask, write } = await createStorageWorld(server.endpoint);
  for (const name of ["a", "b", "c"]) await write(name);
  const first = await ask({ maxFiles: 2 });
  expect(told(first)).toEqual(["CREATE a", "CREATE b"]);
  expect(told(await ask({ maxFiles: 2 }, first!.position))).toEqual(["CREATE c"]);
});

test("with another stateKey nothing is known", async () => {
  const { ask, write } = await createStorageWorld(server.endpoint);
  await write("a");
  const first = await ask({});
  expect(told(await ask({ stateKey: "other" }, first!.position))).toEqual(["CREATE a"]);
});
