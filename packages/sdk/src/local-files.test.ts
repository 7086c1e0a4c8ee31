import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { createLocalFiles, type LocalFolders, NO_LOCAL_FOLDERS } from "./local-files.ts";

/** `in` may be written, `reference` read; `secret` is nobody's. */
async function machine() {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "capstan-local-files-")));
  onTestFinished(() => rm(folder, { recursive: true }));
  const at = (name: string) => join(folder, name);
  for (const name of ["in/sub", "reference", "secret", "in-other"]) await mkdir(at(name), { recursive: true });
  for (const name of ["in/a", "reference/a", "secret/a", "in-other/a"]) await writeFile(at(name), name);
  await symlink(at("secret"), at("in/out"));
  await symlink(at("secret/a"), at("in/out-file"));
  await symlink(at("secret/new"), at("in/out-dangling"));
  await symlink("sub/new", at("in/dangling"));
  await symlink("sub", at("in/inside"));
  await symlink("loop", at("in/loop"));
  await symlink(at("in"), at("linked"));
  const folders: LocalFolders = { readable: [at("reference")], writable: [at("in"), at("linked"), at("not-yet")] };
  return { at, files: createLocalFiles(folders) };
}

test.each([
  ["in/a", "read", "in/a"],
  ["in/a", "write", "in/a"],
  ["in", "write", "in"],
  ["in/", "read", "in"],
  ["in/new/file", "write", "in/new/file"],
  ["in/sub/../a", "read", "in/a"],
  ["in/out/../a", "read", "in/a"],
  ["in/inside/new", "write", "in/sub/new"],
  ["in/dangling", "write", "in/sub/new"],
  ["linked/a", "read", "in/a"],
  ["not-yet/file", "write", "not-yet/file"],
  ["reference/a", "read", "reference/a"],
] as const)("%s may be used: %s", async (path, access, expected) => {
  const { at, files } = await machine();
  expect(await files.locate(`${at("")}/${path}`, access)).toBe(at(expected));
  expect(await files.locate(pathToFileURL(`${at("")}/${path}`).href, access)).toBe(at(expected));
});

test.each([
  [
    "reference/a",
    "write",
    "is in none of the folders that flows may write: an operator can name its folder in the server's option localFiles.writablePaths.",
  ],
  [
    "secret/a",
    "read",
    "is in none of the folders that flows may read: an operator can name its folder in the server's option localFiles.readablePaths.",
  ],
  ["in/../secret/a", "read", "is in none of the folders"],
  ["in-other/a", "read", "is in none of the folders"],
  ["", "read", "is in none of the folders"],
  ["in/out/a", "read", "leads through a link to what is in none of the folders"],
  ["in/out-file", "read", "leads through a link to what is in none of the folders"],
  ["in/out-dangling", "write", "leads through a link to what is in none of the folders"],
  ["in/loop", "read", "can't be reached: ELOOP"],
  ["in/a/b", "read", "can't be reached: ENOTDIR"],
] as const)("%s may not be used: %s", async (path, access, message) => {
  const { at, files } = await machine();
  await expect(files.locate(`${at("")}/${path}`, access)).rejects.toThrow(message);
});

test.each([
  "relative/path",
  "",
  "file://host/data/a",
  "file:relative",
  "file:///data/a%2Fb",
  "file:///data/%00",
  "kestra:///a",
  "/data\0/a",
])("%j is no place", async (written) => {
  const { files } = await machine();
  await expect(files.locate(written, "read")).rejects.toThrow("is no place on this machine: give an absolute path");
});

test("of what lies elsewhere nothing is told", async () => {
  const { at, files } = await machine();
  for (const path of ["secret/a/b", "secret/none", "nowhere/at/all"])
    await expect(files.locate(at(path), "read")).rejects.toThrow("is in none of the folders that flows may read");
});

test("a folder that can't be reached stands in the way of no other", async () => {
  const { at } = await machine();
  const files = createLocalFiles({ readable: [at("in/loop"), at("reference/a/b")], writable: [at("in/sub")] });
  expect(await files.locate(at("in/sub/x"), "read")).toBe(at("in/sub/x"));
  await expect(files.locate(at("in/loop/x"), "read")).rejects.toThrow("can't be reached: ELOOP");
});

test("where nothing is allowed, nothing is told", async () => {
  const files = createLocalFiles(NO_LOCAL_FOLDERS);
  const answers = ["/etc/passwd", "/etc/nothing"].map((path) => files.locate(path, "read"));
  for (const answer of answers) await expect(answer).rejects.toThrow("is in none of the folders that flows may read");
});

test("the whole machine may be allowed", async () => {
  const { at } = await machine();
  const files = createLocalFiles({ readable: ["/"], writable: [] });
  expect(await files.locate(at("secret/a"), "read")).toBe(at("secret/a"));
  await expect(files.locate(at("secret/a"), "write")).rejects.toThrow("localFiles.writablePaths");
});
