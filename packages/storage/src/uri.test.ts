import { expect, test } from "vitest";
import { formatUri, parseUri } from "./uri.ts";

test.each(["/a/b.txt", "/a b/ü?#%.txt", "/"])("the URI of %s leads back to it", (path) => {
  expect(parseUri(formatUri(path))).toBe(path);
});

test("both schemes are read, one is written", () => {
  expect(parseUri("capstan:///a/b")).toBe("/a/b");
  expect(parseUri("kestra:///a/b/")).toBe("/a/b");
  expect(formatUri("/a/b")).toBe("kestra:///a/b");
});

test("a refusal names the path and the reason", () => {
  expect(() => parseUri("kestra:///a/../b")).toThrow('"/a/../b" contains ".."');
  expect(() => parseUri("kestra://team/a")).toThrow('"kestra://team/a" has "team" where a third slash belongs');
  expect(() => formatUri("a")).toThrow(expect.objectContaining({ code: "path-invalid" }));
});
