import { expect, test } from "vitest";
import { encryptedText, revealed } from "./encrypted.ts";

const reveal = (encrypted: string) => {
  if (!encrypted.startsWith("x-")) throw new Error("another key");
  return encrypted.slice(2);
};

test("encrypted texts are shown in the clear at every depth, and remembered as secrets", () => {
  const secrets = new Set<string>();
  const value = { a: encryptedText("x-one"), list: [1, { b: encryptedText("x-two") }], plain: "text" };
  expect(revealed(value, reveal, secrets)).toEqual({ a: "one", list: [1, { b: "two" }], plain: "text" });
  expect([...secrets]).toEqual(["one", "two"]);
});

test("a value without them is the same value, and one of another key stays as it is", () => {
  const plain = { a: [{ b: 1 }], type: "other", value: "x-no" };
  expect(revealed(plain, reveal, new Set())).toBe(plain);
  const foreign = { a: encryptedText("y-one") };
  expect(revealed(foreign, reveal, new Set())).toBe(foreign);
  const unread = { a: encryptedText("x-one") };
  expect(revealed(unread, undefined, new Set())).toBe(unread);
});
