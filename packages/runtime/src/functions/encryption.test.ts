import { expect, test } from "vitest";
import { decrypt, encrypt } from "./encryption.ts";

const key = (bytes: number) => Buffer.alloc(bytes, 7).toString("base64");

test.each([16, 24, 32])("text comes back with the same key of %i bytes", (bytes) => {
  const encrypted = encrypt(key(bytes), "Hello ä");
  expect(encrypted).not.toContain("Hello");
  expect(decrypt(key(bytes), encrypted)).toBe("Hello ä");
});

test("the same text is never encrypted to the same", () => {
  expect(encrypt(key(32), "x")).not.toBe(encrypt(key(32), "x"));
});

test("another key, a changed text and a short text are refused", () => {
  const encrypted = Buffer.from(encrypt(key(32), "Hello"), "base64");
  encrypted[14]! ^= 1;
  expect(() => decrypt(key(32), encrypted.toString("base64"))).toThrow("can't be decrypted");
  expect(() => decrypt(key(16), encrypt(key(32), "x"))).toThrow("can't be decrypted");
  expect(() => decrypt(key(32), "YWJj")).toThrow("too short");
});

test("a key of another length is refused with its length", () => {
  expect(() => encrypt(key(10), "x")).toThrow("has 10");
});
