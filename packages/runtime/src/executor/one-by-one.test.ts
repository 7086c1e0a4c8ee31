import { expect, test } from "vitest";
import { createOneByOne } from "./one-by-one.ts";

const key = (id: string) => ({ tenant: "main", id });

/** Work that notes its beginning, and ends when it is told to. */
function createWork() {
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  return {
    begun,
    work: (name: string) => async () => {
      begun.push(name);
      const end = Promise.withResolvers<void>();
      ends.set(name, end);
      await end.promise;
    },
    end: async (name: string, done: Promise<void>) => {
      ends.get(name)!.resolve();
      await done;
    },
  };
}

test("what concerns several executions waits for each of them, and others wait for it", async () => {
  const oneByOne = createOneByOne();
  const { begun, work, end } = createWork();
  const a = oneByOne(key("a"), work("a"));
  const both = oneByOne.together([key("a"), key("b")], work("both"));
  const b = oneByOne(key("b"), work("b"));
  const c = oneByOne(key("c"), work("c"));
  expect(begun).toEqual(["a", "c"]);
  await end("a", a);
  await expect.poll(() => begun).toEqual(["a", "c", "both"]);
  await end("both", both);
  await expect.poll(() => begun).toEqual(["a", "c", "both", "b"]);
  await end("b", b);
  await end("c", c);
});

test("what is done alone waits for all, and all others wait for it, also when it fails", async () => {
  const oneByOne = createOneByOne();
  const { begun, work, end } = createWork();
  const a = oneByOne(key("a"), work("a"));
  const alone = oneByOne.alone(async () => {
    await work("alone")();
    throw new Error("failed");
  });
  const b = oneByOne(key("b"), work("b"));
  expect(begun).toEqual(["a"]);
  await end("a", a);
  await expect.poll(() => begun).toEqual(["a", "alone"]);
  await expect(end("alone", alone)).rejects.toThrow("failed");
  await expect.poll(() => begun).toEqual(["a", "alone", "b"]);
  await end("b", b);
});
