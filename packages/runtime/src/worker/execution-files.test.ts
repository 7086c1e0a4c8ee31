import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createLocalFiles, TaskFailure } from "@capstan/sdk";
import { createMemoryStorage } from "@capstan/storage";
import { expect, onTestFinished, test } from "vitest";
import { executionFiles } from "./execution-files.ts";

const owner = {
  tenant: "main",
  namespace: "company.team",
  flowId: "My_Flow",
  executionId: "e1",
  taskId: "My_Task",
  taskRunId: "r1",
};

async function setup(readable: readonly string[] = []) {
  const storage = createMemoryStorage();
  await storage.start();
  return { storage, files: executionFiles(storage, owner, createLocalFiles({ readable, writable: [] })) };
}

test("writes below the folder of its task run, each file under a name of its own", async () => {
  const { files } = await setup();
  const first = await files.put("dir/räport 1.csv", "a,b");
  const second = await files.put("dir/räport 1.csv", Readable.from(["c,d"]));
  expect(first).toMatch(
    /^kestra:\/\/\/company\/team\/my-flow\/executions\/e1\/tasks\/my-task\/r1\/[0-9a-f]{16}-räport_1\.csv$/,
  );
  expect(second).not.toBe(first);
  expect(await files.text(first)).toBe("a,b");
  expect(await files.text(second)).toBe("c,d");
  expect(await files.sizeBytes(first)).toBe(3);
});

test("reads namespace files by their address", async () => {
  const { storage, files } = await setup();
  await storage.put("main", "/company/team/_files/a.txt", "own");
  await storage.put("main", "/other/_files/a.txt", "of another");
  expect(await files.text("nsfile:///a.txt")).toBe("own");
  expect(await files.text("nsfile://other/a.txt")).toBe("of another");
});

test("a missing file and an odd address are failures that say so", async () => {
  const { files } = await setup();
  await expect(files.read("kestra:///no/file")).rejects.toThrow("The file kestra:///no/file does not exist");
  await expect(files.read("https://example.com/x")).rejects.toThrow("is no address of a file");
  await expect(files.read("kestra:///a/../b")).rejects.toThrow("must not contain");
  await expect(files.read("kestra://host/b")).rejects.toBeInstanceOf(TaskFailure);
});

test("delete tells whether something was there", async () => {
  const { files } = await setup();
  const uri = await files.put("x", "y");
  expect(await files.delete(uri)).toBe(true);
  expect(await files.delete(uri)).toBe(false);
});

test("purging removes every file of the execution, and no other", async () => {
  const { storage, files } = await setup();
  const uri = await files.put("x", "y");
  await storage.put("main", "/company/team/my-flow/executions/e2/x", "other");
  expect(await files.purgeExecution()).toEqual([uri]);
  expect(await storage.stat("main", "/company/team/my-flow/executions/e2/x")).toBeDefined();
  await expect(files.read(uri)).rejects.toThrow("does not exist");
});

test("files of the machine are read only from folders that the server allows, links included", async () => {
  const folder = await mkdtemp(join(tmpdir(), "files-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "a.txt"), "local");
  await symlink("/etc/passwd", join(folder, "link"));
  const { files } = await setup([folder]);
  expect(await files.text(`file://${folder}/a.txt`)).toBe("local");
  expect(await files.sizeBytes(`file://${folder}/a.txt`)).toBe(5);
  await expect(files.text(`file://${folder}/link`)).rejects.toThrow("in none of the folders");
  await expect(files.text("file:///etc/passwd")).rejects.toThrow("in none of the folders");
  await expect(files.text(`file://${folder}/none`)).rejects.toThrow("does not exist");
  await expect(files.delete(`file://${folder}/a.txt`)).rejects.toThrow("is not deleted");
  await expect((await setup()).files.text(`file://${folder}/a.txt`)).rejects.toThrow("in none of the folders");
});
