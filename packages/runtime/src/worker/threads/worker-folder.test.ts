import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createWorkerFolder, removeLostFolders } from "./worker-folder.ts";

function setup(): string {
  const parent = mkdtempSync(join(tmpdir(), "worker-folder-test-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  return parent;
}

/** A process that makes a folder, tells its path and stays. */
async function startOwner(parent: string) {
  const module = new URL("worker-folder.ts", import.meta.url).href;
  const program = `
  import { createWorkerFolder } from ${JSON.stringify(module)};
  console.log(createWorkerFolder(${JSON.stringify(parent)}));
  setInterval(() => undefined, 1000);`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void owner.kill("SIGKILL"));
  const [chunk] = (await once(owner.stdout, "data")) as [Buffer];
  return { folder: chunk.toString().trim(), owner };
}

function changeOwner(folder: string, change: Record<string, unknown>): void {
  const path = join(folder, "owner.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...change }));
}

test("the folder of a process that was killed is removed, with all that is in it", async () => {
  const parent = setup();
  const { folder, owner } = await startOwner(parent);
  mkdirSync(join(folder, "thread-1"));
  writeFileSync(join(folder, "thread-1", "left.txt"), "x");
  await removeLostFolders(parent);
  expect(existsSync(folder)).toBe(true);
  owner.kill("SIGKILL");
  await once(owner, "exit");
  await removeLostFolders(parent);
  expect(existsSync(folder)).toBe(false);
});

test("the own folder stays, and so does what can't be proven lost", async () => {
  const parent = setup();
  const own = createWorkerFolder(parent);
  const elsewhere = createWorkerFolder(parent);
  changeOwner(elsewhere, { place: "another machine", pid: 2 ** 30 });
  const unclear = join(parent, "capstan-worker-unclear");
  const foreign = join(parent, "something-else");
  mkdirSync(unclear);
  mkdirSync(foreign);
  await removeLostFolders(parent);
  expect([own, elsewhere, unclear, foreign].map((folder) => existsSync(folder))).toEqual([true, true, true, true]);
});

test.skipIf(process.platform !== "linux")(
  "a process that got the pid of a lost one does not keep its folder",
  async () => {
    const parent = setup();
    const folder = createWorkerFolder(parent);
    changeOwner(folder, { began: "1" });
    await removeLostFolders(parent);
    expect(existsSync(folder)).toBe(false);
  },
);
