import { createLocalFiles, NO_LOCAL_FOLDERS } from "@capstan/sdk";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { JsonMap, Task, TypeDefinition } from "@capstan/model";
import { createMemoryStorage } from "@capstan/storage";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { createTaskFolders } from "./task-folders.ts";
import { runJob } from "../job.ts";
import type { AttemptPlatform } from "../platform.ts";
import { createPluginRegistry } from "../plugin-registry.ts";
import { testJob, testTask } from "../test-kit/jobs.ts";
import plugin from "../test-kit/misbehaving-plugin.ts";
import { createRecordingHost } from "../test-kit/recording-host.ts";
import { TEMPLATED_TASK } from "./templated-task.ts";

const templatedTask: TypeDefinition = {
  type: TEMPLATED_TASK,
  element: "task",
  title: "Run a task that is written by an expression",
  properties: z.object({ spec: z.string() }),
};

async function setup() {
  const directory = await mkdtemp(join(tmpdir(), "task-features-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const host = createRecordingHost();
  const storage = createMemoryStorage();
  await storage.start();
  let now = 0;
  const platform: AttemptPlatform = {
    registry: createPluginRegistry([...plugin.definitions, templatedTask]),
    storage,
    host,
    taskRunners: { docker: "docker", default: "process" },
    directory,
    folders: createTaskFolders(directory),
    localFiles: createLocalFiles(NO_LOCAL_FOLDERS),
    graceMs: 30,
    now: () => now,
    abandoned: () => undefined,
  };
  const run = (type: string, properties: JsonMap, task: Partial<Task> = {}, variables: JsonMap = {}) =>
    runJob(
      testJob(testTask(type, properties, task), { variables }),
      platform,
      new AbortController().signal,
      () => "id",
    );
  const logged = () => host.lines.map(({ message }) => message);
  return { run, host, storage, directory, logged, moveTo: (ms: number) => (now = ms) };
}

describe("a TemplatedTask", () => {
  test("runs the task that its spec renders to, and puts out its outputs", async () => {
    const { run, logged } = await setup();
    const spec = `type: "{{ kind }}"\nvalue: |-\n  one\n  {{ word }}\n`;
    const result = await run(TEMPLATED_TASK, { spec }, {}, { kind: "test.Echo", word: "two" });
    expect(result).toEqual({ state: "SUCCESS", outputs: { value: "one\ntwo" } });
    expect(logged()[0]).toContain("one\\ntwo");
  });

  test("may be written with an id, or as JSON", async () => {
    const { run } = await setup();
    expect(await run(TEMPLATED_TASK, { spec: "id: other\ntype: test.Echo\nvalue: 1" })).toMatchObject({
      outputs: { value: 1 },
    });
    expect(await run(TEMPLATED_TASK, { spec: `{"id": "other", "type": "test.Echo", "value": 1}` })).toMatchObject({
      outputs: { value: 1 },
    });
  });

  test.each([
    ["type: [", "the rendered spec is no task"],
    ["type: test.Echo\nunknown: 1\nvalue: 1", "unknown"],
    [`type: ${TEMPLATED_TASK}\nspec: x`, "runs on a worker"],
    ["type: io.kestra.plugin.core.flow.Sequential\ntasks: [{id: a, type: test.Echo, value: 1}]", "runs on a worker"],
    ["type: test.None", `no task of type "test.None"`],
  ])("of %j fails and says why", async (spec, message) => {
    const { run } = await setup();
    const result = await run(TEMPLATED_TASK, { spec });
    expect(result.state).toBe("FAILED");
    expect(result.error?.message).toContain(message);
  });
});

describe("a task with logToFile", () => {
  test("has its lines in a file of its own instead of the log", async () => {
    const { run, storage, directory, logged } = await setup();
    const { state, logFile } = await run("test.Echo", { value: "hello" }, { logToFile: true });
    expect(state).toBe("SUCCESS");
    expect(logged()).toEqual([]);
    expect(await text(await storage.read("main", logFile!))).toBe(
      `1970-01-01T00:00:00.000Z INFO value "hello" password undefined\n`,
    );
    expect(await readdir(directory)).toEqual([]);
  });

  test("has no file when it says nothing, and its reason when it fails", async () => {
    const { run, storage } = await setup();
    expect(await run("test.Environment", { name: "NONE" }, { logToFile: true })).not.toHaveProperty("logFile");
    const { logFile } = await run("test.Fail", { message: "no luck" }, { logToFile: true });
    expect(await text(await storage.read("main", logFile!))).toContain("ERROR no luck");
  });
});

describe("a task with a cache", () => {
  const taskCache = { enabled: true, ttlMs: 1_000 } as const;

  test("takes the outputs of an earlier run with the same rendered properties over", async () => {
    const { run, logged } = await setup();
    const first = await run("test.Echo", { value: "{{ word }}" }, { taskCache }, { word: "x" });
    expect(await run("test.Echo", { value: "{{ word }}" }, { taskCache }, { word: "x" })).toEqual(first);
    expect(logged()).toHaveLength(1);
    await run("test.Echo", { value: "{{ word }}" }, { taskCache }, { word: "y" });
    expect(logged()).toHaveLength(2);
  });

  test("runs again when the entry is too old, and when the cache is off", async () => {
    const { run, logged, moveTo } = await setup();
    await run("test.Echo", { value: 1 }, { taskCache });
    moveTo(1_001);
    await run("test.Echo", { value: 1 }, { taskCache });
    await run("test.Echo", { value: 1 }, { taskCache: { enabled: false } });
    expect(logged()).toHaveLength(3);
  });

  test("runs again when a file that its outputs name was removed", async () => {
    const { run, storage, logged } = await setup();
    const uri = await storage.put("main", "/company/made.txt", "content");
    const echo = () => run("test.Echo", { value: "{{ files }}" }, { taskCache }, { files: [{ uri }] });
    await echo();
    await echo();
    expect(logged()).toHaveLength(1);
    await storage.delete("main", uri);
    await echo();
    expect(logged()).toHaveLength(2);
  });

  test("is not filled by a failure", async () => {
    const { run } = await setup();
    const failed = await run("test.Fail", { message: "no luck" }, { taskCache });
    expect(await run("test.Fail", { message: "no luck" }, { taskCache })).toEqual(failed);
  });
});
