import { expect, test } from "vitest";
import { merged } from "./merge.ts";

test.each([
  [{ a: 1, b: { c: 1 } }, { b: { d: 2 } }, { a: 1, b: { c: 1, d: 2 } }],
  [{ a: 1, b: 2 }, { a: null }, { b: 2 }],
  [{ args: [1, 2] }, { args: [3] }, { args: [3] }],
  [
    { containers: [{ name: "a", image: "1" }, { name: "b" }] },
    { containers: [{ name: "a", tty: true }, { name: "c" }] },
    { containers: [{ name: "a", image: "1", tty: true }, { name: "b" }, { name: "c" }] },
  ],
  [{ env: [{ name: "A", value: "1" }] }, { env: [{ name: "A", value: "2" }] }, { env: [{ name: "A", value: "2" }] }],
  [
    { volumeMounts: [{ mountPath: "/a" }] },
    { volumeMounts: [{ mountPath: "/b" }] },
    { volumeMounts: [{ mountPath: "/a" }, { mountPath: "/b" }] },
  ],
  [
    { tolerations: [{ key: "a" }] },
    { tolerations: [{ key: "a" }, { key: "b" }] },
    { tolerations: [{ key: "a" }, { key: "b" }] },
  ],
])("%j with %j is %j", (base, patch, result) => {
  const before = structuredClone(base);
  expect(merged(base, patch)).toEqual(result);
  expect(base).toEqual(before);
});

test("nothing to merge changes nothing", () => {
  expect(merged({ a: 1 }, undefined)).toEqual({ a: 1 });
});
