import { existsSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createTaskFolders } from "./task-folders.ts";

async function setup() {
  const parent = await mkdtemp(join(tmpdir(), "capstan-folders-"));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  return { parent, folders: createTaskFolders(parent) };
}

test("folders in use are different ones, for their owner alone", async () => {
  const { folders } = await setup();
  const [one, other] = [await folders.take(), await folders.take()];
  expect(one).not.toBe(other);
  expect((await stat(one)).mode & 0o777).toBe(0o700);
});

test("a folder that was left empty serves the next task, a used one is removed", async () => {
  const { folders, parent } = await setup();
  const first = await folders.take();
  await folders.giveBack(first, true);
  expect(await folders.take()).toBe(first);
  await writeFile(join(first, "left"), "x");
  await folders.giveBack(first, true);
  expect(await readdir(parent)).toEqual([]);
  expect(await folders.take()).not.toBe(first);
});

test("a folder is removed when something may still be at work in it, or when it is not what it was", async () => {
  const { folders, parent } = await setup();
  const interrupted = await folders.take();
  await folders.giveBack(interrupted, false);
  const opened = await folders.take();
  await chmod(opened, 0o777);
  await folders.giveBack(opened, true);
  const gone = await folders.take();
  await rm(gone, { recursive: true });
  await folders.giveBack(gone, true);
  const replaced = await folders.take();
  await rm(replaced, { recursive: true });
  await symlink(tmpdir(), replaced);
  await folders.giveBack(replaced, true);
  expect(await readdir(parent)).toEqual([]);
  expect(existsSync(tmpdir())).toBe(true);
});

test("no more than sixty-four wait for a task", async () => {
  const { folders, parent } = await setup();
  const taken = await Promise.all(Array.from({ length: 70 }, () => folders.take()));
  await Promise.all(taken.map((path) => folders.giveBack(path, true)));
  expect(await readdir(parent)).toHaveLength(64);
});
