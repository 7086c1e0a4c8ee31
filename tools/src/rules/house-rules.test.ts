import { join } from "node:path";
import { expect, test } from "vitest";
import { readSourceTree } from "../source-tree.ts";
import { filesAreKebabCase, filesAreShort, foldersHaveNouns, packagesHaveReadmes } from "./house-rules.ts";
import { namedPathsExist } from "./named-paths.ts";

const ROOT = join(import.meta.dirname, "../../..");
const tree = await readSourceTree(ROOT);

test("the tree is found", () => {
  expect(tree.some(({ path }) => path === "tools/src/rules/house-rules.ts")).toBe(true);
});

test.each([
  ["no file is longer than a reader can hold", filesAreShort],
  ["every folder is named by a noun of its own", foldersHaveNouns],
  ["files are named in kebab-case", filesAreKebabCase],
  ["every package has a README that shows the way", packagesHaveReadmes],
  ["files and folders that pages name are there", namedPathsExist],
])("%s", (_, rule) => {
  expect(rule(tree)).toEqual([]);
});

test("a long file is named with its length", () => {
  const long = { path: "packages/a/src/long.ts", text: "x\n".repeat(501) };
  expect(filesAreShort([long])).toEqual([expect.stringMatching(/^packages\/a\/src\/long\.ts: 501 lines/)]);
  expect(filesAreShort([{ ...long, text: "x\n".repeat(500) }])).toEqual([]);
});

test("a vague folder is named once, however many files it has", () => {
  const files = ["one.ts", "two.ts"].map((name) => ({ path: `packages/a/src/utils/${name}`, text: "" }));
  expect(foldersHaveNouns(files)).toHaveLength(1);
});

test("a file in camel case is named", () => {
  expect(filesAreKebabCase([{ path: "packages/a/src/retryPolicy.ts", text: "" }])).toHaveLength(1);
  expect(filesAreKebabCase([{ path: "packages/a/src/retry-policy.test.ts", text: "" }])).toEqual([]);
});

test("a package without a README is named", () => {
  const manifest = { path: "packages/a/package.json", text: "{}" };
  expect(packagesHaveReadmes([manifest])).toEqual([expect.stringContaining("packages/a/README.md: missing")]);
  const readme = { path: "packages/a/README.md", text: "1\n2\n3\n4\n5\n" };
  expect(packagesHaveReadmes([manifest, readme])).toEqual([]);
});
