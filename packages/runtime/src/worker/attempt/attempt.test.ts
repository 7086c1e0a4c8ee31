import { createLocalFiles, NO_LOCAL_FOLDERS } from "@capstan/sdk";
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonMap, Task } from "@capstan/model";
import type { TestOptions } from "@capstan/sdk/test-kit";
import { createMemoryStorage } from "@capstan/storage";
import { expect, onTestFinished, test } from "vitest";
import { createTaskFolders } from "./task-folders.ts";
import { createProcessLauncher } from "../../runners/process/process-launcher.ts";
import { builtInRunners, type TaskRunnerPolicy } from "../../runners/task-runners.ts";
import { runJob } from "../job.ts";
import { ATTEMPT_LIMITS } from "../limits.ts";
import type { AttemptPlatform } from "../platform.ts";
import { createPluginRegistry } from "../plugin-registry.ts";
import { testJob, testTask } from "../test-kit/jobs.ts";
import plugin from "../test-kit/misbehaving-plugin.ts";
import { createRecordingHost } from "../test-kit/recording-host.ts";
import type { Job } from "../worker.ts";

async function setup(
  options: TestOptions & { outputs?: Record<string, unknown>; taskRunners?: TaskRunnerPolicy } = {},
) {
  const directory = await mkdtemp(join(tmpdir(), "attempt-test-"));
  const launcher = createProcessLauncher({ directory });
  onTestFinished(async () => {
    await launcher.close();
    await rm(directory, { recursive: true, force: true });
  });
  const host = createRecordingHost(options);
  const abandoned: string[] = [];
  const storage = createMemoryStorage();
  await storage.start();
  const platform: AttemptPlatform = {
    registry: createPluginRegistry([...plugin.definitions, ...builtInRunners(() => launcher)]),
    storage,
    host,
    taskRunners: options.taskRunners ?? { docker: "docker", default: "process" },
    directory,
    folders: createTaskFolders(directory),
    localFiles: createLocalFiles(NO_LOCAL_FOLDERS),
    graceMs: 30,
    now: Date.now,
    abandoned: (key) => abandoned.push(key),
  };
  const kill = new AbortController();
  const run = (type: string, properties: JsonMap = {}, task: Partial<Task> = {}, job: Partial<Job> = {}) =>
    runJob(testJob(testTask(type, properties, task), job), platform, kill.signal, () => "id");
  const messages = () => host.lines.map(({ level, message }) => `${level} ${message}`);
  return { run, host, kill, abandoned, messages };
}

test("properties are rendered with variables, carried outputs and looked up ones", async () => {
  const { run, host } = await setup({ outputs: { far: { value: 2 } } });
  const value = { a: "{{ flow.id }}", b: "{{ outputs.near.value }}", c: "{{ outputs.far.value }}" };
  const result = await run("test.Echo", { value }, {}, { outputs: { near: { value: 1 } } });
  expect(result).toEqual({ state: "SUCCESS", outputs: { value: { a: "my-flow", b: 1, c: 2 } } });
  expect(host.lookups).toEqual([["outputs", "far"]]);
});

test("a task for the engine's turn runs here as well", async () => {
  const { run, host } = await setup();
  expect(await run("test.InlineEcho", { value: "abc" })).toEqual({ state: "SUCCESS", outputs: { value: "abc" } });
  expect(host.metricsSeen).toEqual([{ name: "length", type: "counter", value: 3 }]);
});

test("a type that no plugin provides fails with its name", async () => {
  const { run } = await setup();
  const { state, error } = await run("io.other.Missing");
  expect(state).toBe("FAILED");
  expect(error?.message).toContain('"io.other.Missing"');
});

test("an expression that can't be rendered fails the attempt with its reason", async () => {
  const { run } = await setup();
  const { state, error } = await run("test.Echo", { value: "{{ nothing.here }}" });
  expect({ state, message: error?.message }).toEqual({
    state: "FAILED",
    message: expect.stringContaining("Unable to find `nothing`"),
  });
});

test("properties that don't fit the schema fail the attempt", async () => {
  const { run } = await setup();
  expect((await run("test.Large", { characters: "many" })).error?.message).toContain("characters");
});

test("outputs of a failure are kept, and a chosen state is the state", async () => {
  const { run } = await setup();
  const failed = { state: "FAILED", outputs: { kept: true }, error: { message: "no luck" } };
  expect(await run("test.Fail", { message: "no luck" })).toEqual(failed);
  expect(await run("test.Fail", { message: "x", state: "WARNING" })).toEqual({
    state: "WARNING",
    outputs: { kept: true },
  });
});

test("secrets are hidden in logs and errors, not in outputs", async () => {
  const { run, messages } = await setup({ secrets: { TOKEN: "resolved-secret" } });
  const job = { secrets: ["input-secret"] };
  const value = "{{ secret('TOKEN') }} input-secret";
  const result = await run("test.Echo", { value, password: "own-password" }, {}, job);
  expect(messages()).toEqual(['INFO value "****** ******" password ******']);
  expect(result.outputs).toEqual({ value: "resolved-secret input-secret" });
  const failed = await run("test.Fail", { message: "wrong: {{ secret('TOKEN') }}" }, {}, job);
  expect(failed.error?.message).toBe("wrong: ******");
});

test("lines below the level of the task are left out", async () => {
  const { run, messages } = await setup();
  await run("test.Chatter", { lines: 3 }, { logLevel: "INFO" });
  expect(messages()).toEqual(["WARN last"]);
});

test("every line is handed out before the attempt is over", async () => {
  const { run, messages } = await setup();
  await run("test.Chatter", { lines: 1_234 });
  expect(messages().length).toBe(1_235);
  expect(messages().at(-1)).toBe("WARN last");
});

test("a message of the limit stays whole, a longer one is cut", async () => {
  const { run, host } = await setup();
  const overhead = 'value "" password undefined'.length;
  await run("test.Echo", { value: "x".repeat(ATTEMPT_LIMITS.logCharacters - overhead) });
  await run("test.Echo", { value: "x".repeat(ATTEMPT_LIMITS.logCharacters - overhead + 1) });
  expect(host.lines[0]!.message.length).toBe(ATTEMPT_LIMITS.logCharacters);
  expect(host.lines[1]!.message).toMatch(/… \(1 characters cut\)$/);
});

test("outputs up to the limit are kept, larger ones fail the attempt", async () => {
  const { run } = await setup();
  const overhead = '{"value":""}'.length;
  expect((await run("test.Large", { characters: ATTEMPT_LIMITS.outputCharacters - overhead })).state).toBe("SUCCESS");
  const { state, error } = await run("test.Large", { characters: ATTEMPT_LIMITS.outputCharacters });
  expect({ state, message: error?.message }).toEqual({
    state: "FAILED",
    message: expect.stringContaining("too large"),
  });
});

test("a kill ends the attempt KILLED, whatever the task makes of it", async () => {
  const { run, host, kill, abandoned } = await setup();
  const waiting = host.logged("waiting");
  const ended = run("test.Wait");
  await waiting;
  kill.abort();
  expect(await ended).toEqual({ state: "KILLED" });
  expect(abandoned).toEqual([]);
});

test("a timeout is rendered, and fails the attempt", async () => {
  const { run } = await setup();
  const result = await run("test.Wait", {}, { timeout: "{{ limit }}" }, { variables: { limit: "PT0.02S" } });
  expect(result).toEqual({
    state: "FAILED",
    error: { message: expect.stringContaining("did not end within its timeout") },
  });
});

test("a timeout that is no duration fails the attempt", async () => {
  const { run } = await setup();
  expect((await run("test.Echo", { value: 1 }, { timeout: "soon" })).error?.message).toBe(
    'the timeout "soon" is no duration such as PT30S',
  );
});

test("a task that obeys neither kill nor timeout is abandoned after the grace period", async () => {
  const { run, abandoned } = await setup();
  expect((await run("test.Deaf", {}, { timeout: "PT0.01S" })).state).toBe("FAILED");
  expect(abandoned.length).toBe(1);
});

test("the working folder is there for expressions and the task, and nothing is in it afterwards", async () => {
  const { run } = await setup();
  const echo = await run("test.Echo", { value: "{{ workingDir }}|{{ outputDir }}" });
  const [folder = "", outputs = ""] = String(echo.outputs?.["value"]).split("|");
  expect(outputs.startsWith(`${folder}/`)).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
  const files = await run("test.Files");
  expect(files.outputs).toMatchObject({ text: "content of the note", shared: "shared content" });
  expect(readdirSync(String(files.outputs?.["folder"]))).toEqual([]);
});

test("an output file that the task declares by its name has a path in the working folder", async () => {
  const { run } = await setup();
  const outputFiles = ["a.txt", "sub/{{ flow.id }}.csv", "*.log", "{c,d}"];
  const read = (name: string) =>
    run("test.Echo", { value: `{{ workingDir }}|{{ outputFiles['${name}'] }}`, outputFiles });
  for (const name of ["a.txt", "sub/my-flow.csv"]) {
    const [folder, path] = String((await read(name)).outputs?.["value"]).split("|");
    expect(path).toBe(`${folder}/${name}`);
  }
  for (const name of ["*.log", "{c,d}", "e"])
    expect((await read(name)).error?.message).toContain(`outputFiles['${name}']`);
});

const DOCKER = { type: "io.kestra.plugin.scripts.runner.docker.Docker", image: "{{ image }}" };

test("commands run with the runner that the task asks for", async () => {
  const { run, messages } = await setup();
  const taskRunner = { type: "core.runner.Process" };
  const { outputs } = await run("test.Command", { command: "echo hi; exit 4", taskRunner });
  expect(outputs).toEqual({ exitCode: 4, details: { type: "io.kestra.plugin.core.runner.Process" } });
  expect(messages()).toEqual(["INFO hi"]);
});

test("the server may run Docker tasks as processes, and says so in the log", async () => {
  const { run, messages } = await setup({ taskRunners: { docker: "process", default: "process" } });
  const { state } = await run("test.Command", { command: "true", taskRunner: DOCKER });
  expect(state).toBe("SUCCESS");
  expect(messages()[0]).toMatch(/^WARN The task asks for the Docker task runner; it is run as a process/);
});

test("a task's own runner is never replaced, and knows whose command it runs", async () => {
  const { run, messages } = await setup({ taskRunners: { docker: "process", default: "docker" } });
  const { identity } = testJob(testTask("test.OwnRunner"));
  const { outputs } = await run("test.OwnRunner", {}, {}, { identity });
  const { tenant, namespace, flowId, executionId, taskId, taskRunId, attempt, attemptKey } = identity;
  const ids = { tenant, namespace, flowId, executionId, taskId, taskRunId, attempt };
  expect(outputs).toEqual({ ...ids, key: `${tenant}/${attemptKey}/2` });
  expect(messages()).toEqual(["INFO ran"]);
});

test("a runner that no plugin provides fails with its name", async () => {
  const { run } = await setup();
  const { error } = await run("test.Command", { command: "true", taskRunner: { type: "a.b.None" } });
  expect(error?.message).toContain('no task runner of type "a.b.None"');
});
