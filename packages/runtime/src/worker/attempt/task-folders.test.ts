import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createTaskFolders } from "./task-folders.ts";

async function setup() {
  const parent = await mkdtemp(join(tmpdir(), "capstan-folders-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  return { parent, folders: createTaskFolders(parent) };
}

test("folders in use are different ones, for their owner alone", async () => {
  const { folders } = await setup();
  const [one, other] = [folders.take(), folders.take()];
  expect(one).not.toBe(other);
  expect((await stat(one)).mode & 0o777).toBe(0o700);
});

test("a folder in which little was left serves the next task, empty", async () => {
  const { folders } = await setup();
  const first = folders.take();
  for (let file = 0; file < 16; file += 1) await writeFile(join(first, `left-${file}`), "x");
  await folders.giveBack(first, true);
  expect(folders.take()).toBe(first);
  expect(await readdir(first)).toEqual([]);
});

test.each(["at once", "after a while"])("a folder that served before is emptied as well, %s", async (when) => {
  let elapsedMs = 0;
  const { parent } = await setup();
  const folders = createTaskFolders(parent, () => elapsedMs);
  const path = folders.take();
  for (let turn = 0; turn < 3; turn += 1) {
    await folders.giveBack(path, true);
    if (when === "after a while") elapsedMs += 60_000;
    expect(folders.take()).toBe(path);
    expect(await readdir(path)).toEqual([]);
    await writeFile(join(path, "left"), "x");
  }
  await folders.giveBack(path, true);
  expect(await readdir(path)).toEqual([]);
});

test("a folder that nobody touched serves again, and one that was replaced, opened or removed does not", async () => {
  let elapsedMs = 0;
  const { parent } = await setup();
  const folders = createTaskFolders(parent, () => elapsedMs);
  const settled = async () => {
    const path = folders.take();
    await folders.giveBack(path, true);
    elapsedMs += 60_000;
    return folders.take();
  };
  const untouched = await settled();
  const replaced = await settled();
  await rename(replaced, `${replaced}-old`);
  await mkdir(replaced, { mode: 0o700 });
  await mkdir(join(replaced, "left"));
  const opened = await settled();
  await chmod(opened, 0o777);
  const gone = await settled();
  await rm(gone, { recursive: true });
  for (const path of [replaced, opened, gone, untouched]) await folders.giveBack(path, true);
  expect(folders.take()).toBe(untouched);
  expect((await readdir(parent)).toSorted()).toEqual(
    [untouched, `${replaced}-old`].map((path) => basename(path)).toSorted(),
  );
});

test("a folder in which much was left, or folders and links, is removed", async () => {
  const { folders, parent } = await setup();
  const [many, nested, linked] = [folders.take(), folders.take(), folders.take()];
  for (let file = 0; file < 17; file += 1) await writeFile(join(many, `left-${file}`), "x");
  await mkdir(join(nested, "folder"));
  await symlink(tmpdir(), join(linked, "link"));
  for (const path of [many, nested, linked]) await folders.giveBack(path, true);
  expect(await readdir(parent)).toEqual([]);
  expect(existsSync(tmpdir())).toBe(true);
});

test("what a link in the place of a folder leads to stays as it is", async () => {
  const { folders, parent } = await setup();
  const replaced = folders.take();
  const elsewhere = await mkdtemp(join(tmpdir(), "capstan-elsewhere-"));
  onTestFinished(() => rm(elsewhere, { recursive: true }));
  await writeFile(join(elsewhere, "precious"), "x");
  await rm(replaced, { recursive: true });
  await symlink(elsewhere, replaced);
  await folders.giveBack(replaced, true);
  expect(await readdir(parent)).toEqual([]);
  expect(await readdir(elsewhere)).toEqual(["precious"]);
});

test("a folder is removed when something may still be at work in it, or when it is not what it was", async () => {
  const { folders, parent } = await setup();
  const interrupted = folders.take();
  await folders.giveBack(interrupted, false);
  const opened = folders.take();
  await chmod(opened, 0o777);
  await folders.giveBack(opened, true);
  const gone = folders.take();
  await rm(gone, { recursive: true });
  await folders.giveBack(gone, true);
  const replaced = folders.take();
  await rm(replaced, { recursive: true });
  await symlink(tmpdir(), replaced);
  await folders.giveBack(replaced, true);
  expect(await readdir(parent)).toEqual([]);
  expect(existsSync(tmpdir())).toBe(true);
});

test("no more than sixty-four wait for a task", async () => {
  const { folders, parent } = await setup();
  const taken = Array.from({ length: 70 }, () => folders.take());
  await Promise.all(taken.map((path) => folders.giveBack(path, true)));
  expect(await readdir(parent)).toHaveLength(64);
});
