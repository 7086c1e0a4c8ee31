import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { filesMatching, isFileAddress, placeInside } from "./working-files.ts";

const FILES = [
  "a.txt",
  "b.csv",
  ".env",
  ".capstan-own/x.txt",
  "capstan-own-x.txt",
  "dir/c.csv",
  "dir/.hidden",
  "dir/deep/d.csv",
  "[x].txt",
];

async function setup() {
  const folder = await mkdtemp(join(tmpdir(), "working-files-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const path of FILES) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), path);
  }
  await symlink("a.txt", join(folder, "link.txt"));
  await symlink("nowhere", join(folder, "dangling.txt"));
  return folder;
}

test.each([
  { globs: ["a.txt"], found: ["a.txt"] },
  { globs: ["./a.txt", "/b.csv", "glob:b.csv"], found: ["a.txt", "b.csv"] },
  { globs: ["*.csv"], found: ["b.csv"] },
  { globs: ["**.csv"], found: ["b.csv", "dir/c.csv", "dir/deep/d.csv"] },
  { globs: ["**/*.csv"], found: ["b.csv", "dir/c.csv", "dir/deep/d.csv"] },
  { globs: ["dir/**"], found: ["dir/.hidden", "dir/c.csv", "dir/deep/d.csv"] },
  { globs: ["dir/*"], found: ["dir/.hidden", "dir/c.csv"] },
  { globs: [".env"], found: [".env"] },
  { globs: ["{a,link}.txt"], found: ["a.txt", "link.txt"] },
  { globs: ["?.txt"], found: ["a.txt"] },
  { globs: [String.raw`regex:(dir/)?\w\.(csv|txt)`], found: ["a.txt", "b.csv", "dir/c.csv"] },
  { globs: ["none.txt", "dir"], found: [] },
  {
    globs: ["**"],
    found: [".env", "[x].txt", "a.txt", "b.csv", "dir/.hidden", "dir/c.csv", "dir/deep/d.csv", "link.txt"],
  },
])("the globs $globs find hidden files and links too, never those of the task itself", async ({ globs, found }) => {
  expect(await filesMatching(await setup(), globs)).toEqual(found);
});

test("a glob may be written with the folder", async () => {
  const folder = await setup();
  expect(await filesMatching(folder, [`${folder}/dir/*.csv`])).toEqual(["dir/c.csv"]);
});

test.each(["../x", "/etc/passwd", "a/../../x", "."])("the name %s leads out of the folder", (name) => {
  expect(() => placeInside("/srv/folder", name)).toThrow("leads out of the working folder");
});

test("an address is told from a text that mentions one", () => {
  expect(["kestra:///a/b", " nsfile:///x ", "file:///x"].every(isFileAddress)).toBe(true);
  expect(["see kestra:///a", "kestra:///a b", "http://x"].some(isFileAddress)).toBe(false);
});
