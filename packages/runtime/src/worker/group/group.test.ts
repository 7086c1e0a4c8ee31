import { createLocalFiles, NO_LOCAL_FOLDERS } from "@capstan/sdk";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { JsonMap, Task } from "@capstan/model";
import { createMemoryStorage } from "@capstan/storage";
import { expect, onTestFinished, test } from "vitest";
import { createTaskFolders } from "../attempt/task-folders.ts";
import { createProcessLauncher } from "../../runners/process/process-launcher.ts";
import { builtInRunners } from "../../runners/task-runners.ts";
import { runJob } from "../job.ts";
import type { AttemptPlatform } from "../platform.ts";
import { createPluginRegistry } from "../plugin-registry.ts";
import { testJob, testTask } from "../test-kit/jobs.ts";
import plugin from "../test-kit/misbehaving-plugin.ts";
import { createRecordingHost } from "../test-kit/recording-host.ts";
import type { Job } from "../worker.ts";

async function setup() {
  const directory = await mkdtemp(join(tmpdir(), "group-test-"));
  const launcher = createProcessLauncher({ directory });
  onTestFinished(async () => {
    await launcher.close();
    await rm(directory, { recursive: true, force: true });
  });
  const host = createRecordingHost();
  const storage = createMemoryStorage();
  await storage.start();
  let time = 1_000;
  const platform: AttemptPlatform = {
    registry: createPluginRegistry([...plugin.definitions, ...builtInRunners(() => launcher)]),
    storage,
    host,
    taskRunners: { docker: "docker", default: "process" },
    directory,
    folders: createTaskFolders(directory),
    localFiles: createLocalFiles(NO_LOCAL_FOLDERS),
    graceMs: 1_000,
    now: () => time,
    abandoned: () => undefined,
  };
  const kill = new AbortController();
  let ids = 0;
  const run = (group: readonly Task[], properties: JsonMap = {}, more: Partial<Job> = {}) => {
    const task = testTask("io.kestra.plugin.core.flow.WorkingDirectory", properties, { id: "dir" });
    return runJob(testJob(task, { group, ...more }), platform, kill.signal, () => `child-${++ids}`);
  };
  const stored = async () => {
    const paths: string[] = [];
    for await (const { path } of storage.walk("main", "/")) paths.push(path);
    return Promise.all(paths.map(async (path) => ({ path, text: await text(await storage.read("main", path)) })));
  };
  return { run, host, storage, stored, kill, directory, moveTo: (at: number) => (time = at) };
}

const echo = (id: string, value: string, more: Partial<Task> = {}) => testTask("test.Echo", { value }, { id, ...more });
const shell = (id: string, command: string, more: Partial<Task> = {}) =>
  testTask("test.Command", { command }, { id, ...more });
const fail = (id: string, more: Partial<Task> = {}) => testTask("test.Fail", { message: "no luck" }, { id, ...more });
const retry = {
  type: "constant",
  intervalMs: 1,
  maxAttempts: 3,
  warningOnRetry: true,
  behavior: "RETRY_FAILED_TASK",
} as const;

test("children run one after the other in one folder and see outputs of earlier ones", async () => {
  const { run, host, directory } = await setup();
  const children = [
    shell("first", "echo text > file"),
    shell("second", "cat file"),
    echo("third", "{{ outputs.first.exitCode }}"),
  ];
  expect(await run(children)).toEqual({ state: "SUCCESS" });
  expect(host.children.map(({ taskId, state }) => `${taskId} ${state}`)).toEqual([
    "first SUCCESS",
    "second SUCCESS",
    "third SUCCESS",
  ]);
  expect(host.children[2]?.outputs).toEqual({ value: 0 });
  expect(host.lines.map(({ taskId, message }) => `${taskId}: ${message}`)).toContain("second: text");
  expect((await readdir(directory)).filter((name) => name.startsWith("task-"))).toEqual([]);
});

test("a failed child stops the group", async () => {
  const { run, host } = await setup();
  expect(await run([fail("first"), echo("second", "x")])).toEqual({ state: "FAILED" });
  expect(host.children).toEqual([
    expect.objectContaining({
      taskId: "first",
      state: "FAILED",
      outputs: { kept: true },
      error: { message: "no luck" },
    }),
  ]);
});

test("a failure that is allowed does not stop the group", async () => {
  const { run, host } = await setup();
  expect(await run([fail("first", { allowFailure: true }), echo("second", "x")])).toEqual({ state: "WARNING" });
  expect(host.children.map(({ state }) => state)).toEqual(["FAILED", "SUCCESS"]);
});

test("a child is tried again by the policy that it has", async () => {
  const { run, host } = await setup();
  const flaky = shell("flaky", 'echo "attempt {{ taskrun.attemptsCount }}"');
  await run([fail("first", { retry, allowFailure: true }), flaky]);
  expect(host.lines.filter(({ message }) => message.includes("is tried again"))).toHaveLength(2);
  expect(host.children.map(({ taskId }) => taskId)).toEqual(["first", "flaky"]);
  expect(host.children.map(({ failedAttempts = [] }) => failedAttempts.length)).toEqual([2, 0]);
});

test("disabled children leave no trace, and those whose runIf does not hold are skipped", async () => {
  const { run, host } = await setup();
  const children = [
    echo("a", "x", { disabled: true }),
    echo("b", "x", { runIf: "{{ false }}" }),
    echo("c", "x", { runIf: "{{ true }}" }),
  ];
  expect(await run(children)).toEqual({ state: "SUCCESS" });
  expect(host.children.map(({ taskId, state }) => `${taskId} ${state}`)).toEqual(["b SKIPPED", "c SUCCESS"]);
});

test("children see their own task run, the group's, and the loop around it", async () => {
  const { run, host } = await setup();
  const identity = { ...testJob(testTask("x")).identity, taskRunId: "group-run", value: "inner" };
  const variables = { taskrun: { id: "group-run", value: "inner" }, parents: [{ taskrun: { value: "outer" } }] };
  const value =
    "{{ task.id }} {{ taskrun.id }} {{ taskrun.parentId }} {{ workerTaskrun.value }} {{ parent.taskrun.value }}";
  await run([echo("a", value), echo("b", "{{ outputs.a.outer.inner.value }}")], {}, { identity, variables });
  const seen = "a child-1 group-run inner inner";
  expect(host.children.map(({ outputs }) => outputs?.["value"])).toEqual([seen, seen]);
  expect(host.children[0]?.taskRunId).toBe("child-1");
});

test("a kill ends the running child KILLED, and the group with it", async () => {
  const { run, host, kill } = await setup();
  const waiting = host.logged("waiting");
  const ended = run([testTask("test.Wait", {}, { id: "first" }), echo("second", "x")]);
  await waiting;
  kill.abort();
  expect(await ended).toEqual({ state: "KILLED" });
  expect(host.children.map(({ taskId, state }) => `${taskId} ${state}`)).toEqual(["first KILLED"]);
});

test("input files are written, output files are stored, and neither may leave the folder", async () => {
  const { run, host, storage } = await setup();
  const inputFiles = { "in/a.txt": "hello {{ flow.id }}", "empty.txt": null };
  const children = [shell("copy", "cat in/a.txt > out.csv; echo x > other; wc -c < empty.txt")];
  const { state, outputs } = await run(children, { inputFiles, outputFiles: ["*.csv", "in/**"] });
  const files = outputs?.["outputFiles"] as Record<string, string>;
  expect(state).toBe("SUCCESS");
  expect(Object.keys(files).toSorted()).toEqual(["in/a.txt", "out.csv"]);
  expect(await text(await storage.read("main", files["out.csv"]!))).toBe("hello my-flow");
  expect(host.lines.some(({ message }) => message.trim() === "0")).toBe(true);
  const escaped = await run([echo("a", "x")], { inputFiles: { "../outside": "x" } });
  expect(escaped.error?.message).toBe(
    'the file name "../outside" leads out of the working folder: use a path below it',
  );
});

test("an input file may be the address of a stored file", async () => {
  const { run, host, storage } = await setup();
  const uri = await storage.put("main", "/company/team/some/file", "stored");
  await run([shell("show", "cat a.txt")], { inputFiles: { "a.txt": uri } });
  expect(host.lines.map(({ message }) => message)).toEqual(["stored"]);
});

test("namespace files are put into the folder", async () => {
  const { run, host } = await setup();
  const { namespaceFiles } = host.services("main");
  await namespaceFiles.put("company.team", "scripts/a.sh", "echo from namespace");
  await namespaceFiles.put("company.team", "scripts/b.sh", "exit 9");
  const options = { enabled: true, include: ["scripts/*"], exclude: ["scripts/b.sh"] };
  await run([shell("run", "sh scripts/a.sh; ls scripts")], { namespaceFiles: options });
  expect(host.lines.map(({ message }) => message)).toEqual(["from namespace", "a.sh"]);
});

test("the cache keeps matching files for the next run, until they are too old", async () => {
  const { run, host, stored, moveTo } = await setup();
  const cache = { patterns: ["deps/**"], ttl: "PT1M" };
  const children = [
    shell("use", "cat deps/one 2> /dev/null || echo missing; mkdir -p deps; echo one > deps/one; echo x > other"),
  ];
  const texts = () => host.lines.map(({ message }) => message);
  await run(children, { cache });
  await run(children, { cache });
  expect(texts()).toEqual(["missing", "one"]);
  expect((await stored()).filter(({ path }) => path.includes("/dir/cache/"))).toHaveLength(2);
  moveTo(1_000 + 61_000);
  await run(children, { cache });
  expect(texts()).toEqual(["missing", "one", "missing"]);
});

test("a changed cache replaces what is no longer needed", async () => {
  const { run, stored } = await setup();
  const cache = { patterns: ["*.txt"] };
  await run([shell("use", "echo 1 > a.txt")], { cache });
  await run([shell("use", "echo 2 > a.txt")], { cache });
  expect((await stored()).map((file) => file.text)).toEqual(expect.arrayContaining(["2\n"]));
  expect(await stored()).toHaveLength(2);
});

test("nothing of the group is left on the machine", async () => {
  const { run, host } = await setup();
  await run([shell("where", "pwd")]);
  expect(existsSync(host.lines[0]!.message)).toBe(false);
});

test("children that are run again with their group have the keys that they had, and other ids", async () => {
  const { run, host } = await setup();
  const shown = "{{ taskrun.id }} {{ taskrun.idempotencyKey }} {{ taskrun.attemptKey }}";
  const job = testJob(testTask("io.kestra.plugin.core.flow.WorkingDirectory", {}, { id: "dir" }));
  const values = async (attemptKey: string) => {
    const before = host.children.length;
    await run([echo("a", shown), echo("b", shown)], {}, { ...job, identity: { ...job.identity, attemptKey } });
    return host.children.slice(before).map(({ outputs }) => String(outputs?.["value"]).split(" "));
  };
  const [first, again, other] = [await values("k-1"), await values("k-1"), await values("k-2")];
  const column = (rows: readonly (readonly string[])[], at: number) => rows.map((row) => row[at]);
  expect(column(again, 0)).not.toEqual(column(first, 0));
  expect(column(again, 1)).toEqual(column(first, 1));
  expect(column(again, 2)).toEqual(column(first, 2));
  expect(column(other, 1)).toEqual(column(first, 1));
  expect(column(other, 2)).not.toEqual(column(first, 2));
  expect(new Set([...column(first, 1), ...column(first, 2)]).size).toBe(4);
});

test("a child that is tried again keeps its key, and has another one for each attempt", async () => {
  const { run, host } = await setup();
  const told = "{{ taskrun.idempotencyKey }} {{ taskrun.attemptKey }}";
  await run([testTask("test.Fail", { message: told }, { id: "a", retry: { ...retry, maxAttempts: 2 } })]);
  const keys = host.lines.flatMap(({ message }) =>
    Array.from(message.matchAll(/[0-9a-f]{32}(?:-\d)?/g), ([key]) => key),
  );
  expect(keys.map((key) => key.slice(32))).toEqual(["", "-1"]);
  expect(host.children.at(-1)?.error?.message).toBe(`${keys[0]} ${keys[1]!.slice(0, 32)}-2`);
});
