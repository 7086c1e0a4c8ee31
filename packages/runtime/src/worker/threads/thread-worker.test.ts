import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonMap } from "@capstan/model";
import { expect, onTestFinished, test } from "vitest";
import { GIVEN, workerConformance } from "../conformance/worker-conformance.ts";
import { testJob, testTask } from "../test-kit/jobs.ts";
import { createRecordingHost } from "../test-kit/recording-host.ts";
import type { Job } from "../worker.ts";
import { createThreadWorker, type ThreadWorkerOptions } from "./thread-worker.ts";

const fixture = (name: string) => new URL(`../test-kit/${name}`, import.meta.url).href;
/** Above what systems give. */
const PID_OF_NOBODY = 2 ** 30;
/** Longer than anything takes that is waited for. */
const LONG_MS = 60_000;
const storage = { module: "@capstan/storage", factory: "createMemoryStorage", options: {} };

async function setup(options: Partial<ThreadWorkerOptions> = {}) {
  const directory = await mkdtemp(join(tmpdir(), "worker-test-"));
  const host = createRecordingHost(GIVEN);
  const plugins = [fixture("misbehaving-plugin.ts")];
  const worker = createThreadWorker({ plugins, storage, host, directory, threads: 1, graceMs: 100, ...options });
  onTestFinished(async () => {
    await worker.stop({ graceMs: 0 });
    await rm(directory, { recursive: true, force: true });
  });
  await worker.start();
  const submit = (type: string, properties: JsonMap = {}, more: Partial<Job> = {}) => {
    const job = testJob(testTask(type, properties), more);
    worker.submit(job);
    return job.key;
  };
  const run = (type: string, properties: JsonMap = {}) => host.over(submit(type, properties));
  const started = (key: string) => host.events.filter((event) => event === `started ${key}`).length;
  return { worker, host, submit, run, started, directory };
}

workerConformance(setup);

test("no thread runs before the first job", async () => {
  const { directory, run } = await setup();
  const folders = () => readdirSync(join(directory, readdirSync(directory)[0]!));
  expect(folders()).toEqual(["owner.json"]);
  await run("test.Echo", { value: 1 });
  expect(folders()).toEqual(["owner.json", "thread-1"]);
});

test("a plugin that is known by its types runs when one of them is used, and else fails that task alone", async () => {
  const types = [{ type: "test.Echo", element: "task" as const }];
  const absent = { module: fixture("no-such-plugin.ts"), types: [{ type: "test.Absent", element: "task" as const }] };
  const { run } = await setup({ plugins: [{ module: fixture("misbehaving-plugin.ts"), types }, absent] });
  expect(await run("test.Absent")).toMatchObject({
    state: "FAILED",
    error: { message: expect.stringContaining("no-such-plugin.ts can't be loaded") },
  });
  expect(await run("test.Echo", { value: 1 })).toMatchObject({ state: "SUCCESS" });
});

test("a start removes what a worker left that was killed", async () => {
  const { directory, worker } = await setup();
  const folder = join(directory, "capstan-worker-lost");
  const [own = ""] = readdirSync(directory);
  mkdirSync(folder);
  const owner = JSON.parse(readFileSync(join(directory, own, "owner.json"), "utf8")) as Record<string, unknown>;
  writeFileSync(join(folder, "owner.json"), JSON.stringify({ ...owner, pid: PID_OF_NOBODY }));
  await worker.start();
  while (existsSync(folder)) await new Promise((resolve) => setImmediate(resolve));
  expect(readdirSync(directory)).toEqual([own]);
});

test("jobs beyond the concurrency wait for their turn", async () => {
  const { worker, host, submit, run } = await setup({ concurrency: 1 });
  const waiting = host.logged("waiting");
  const first = submit("test.Wait");
  const second = run("test.Echo", { value: 2 });
  await waiting;
  expect([worker.runningCount, worker.queuedCount]).toEqual([1, 1]);
  worker.kill(first);
  expect((await host.over(first)).state).toBe("KILLED");
  expect((await second).state).toBe("SUCCESS");
  expect([worker.runningCount, worker.queuedCount]).toEqual([0, 0]);
});

test("a job that still waits is killed without ever starting", async () => {
  const { worker, host, submit, started } = await setup({ concurrency: 1 });
  submit("test.Wait");
  const second = submit("test.Echo", { value: 2 });
  worker.kill(second);
  expect(await host.over(second)).toEqual({ state: "KILLED" });
  expect(started(second)).toBe(0);
});

test("a job that does not obey a kill is over, and its thread takes no more jobs", async () => {
  const { worker, host, submit, run, directory } = await setup();
  const deaf = host.logged("deaf");
  const key = submit("test.Deaf");
  await deaf;
  worker.kill(key);
  expect(await host.over(key)).toEqual({ state: "KILLED" });
  expect((await run("test.Echo", { value: 1 })).state).toBe("SUCCESS");
  expect(readdirSync(join(directory, readdirSync(directory)[0]!))).toContain("thread-2");
});

test.skipIf(process.platform !== "linux")("what left the group of a command ends when its thread is lost", async () => {
  const { host, submit } = await setup({ hangMs: 1_000 });
  const waiting = host.logged("pid");
  submit("test.Command", { command: "setsid sh -c 'echo pid $$; sleep 100' & wait" });
  await waiting;
  const pid = Number(host.lines[0]!.message.split(" ")[1]);
  expect((await host.over(submit("test.Spin"))).state).toBe("FAILED");
  while (existsSync(`/proc/${pid}/exe`)) await new Promise((resolve) => setImmediate(resolve));
});

test("a stop lets jobs end, and drops those that wait", async () => {
  const { worker, host, submit, directory } = await setup({ concurrency: 1 });
  const waiting = host.logged("ready");
  const go = join(directory, "go");
  const ended = submit("test.Command", { command: `echo ready; while ! test -e ${go}; do sleep 0.01; done` });
  submit("test.Echo", { value: 1 });
  await waiting;
  const stopped = worker.stop({ graceMs: LONG_MS });
  writeFileSync(go, "");
  await stopped;
  expect(host.events).toEqual([`started ${ended}`, `ended ${ended}`]);
  expect(host.results.get(ended)?.state).toBe("SUCCESS");
  expect(readdirSync(directory)).toEqual(["go"]);
});

test.each([
  { name: "a stop", cause: "stop" },
  { name: "a kill", cause: "kill" },
])("$name lets a job clean up, which knows why", async ({ cause }) => {
  const { worker, host, submit, directory } = await setup({ graceMs: LONG_MS });
  const waiting = host.logged("waiting");
  const path = join(directory, "why");
  const key = submit("test.TidyUp", { path });
  await waiting;
  if (cause === "kill") {
    worker.kill(key);
    await host.over(key);
  } else await worker.stop({ graceMs: 0 });
  expect(readFileSync(path, "utf8")).toBe(cause);
});

test("a stop reports nothing that it killed", async () => {
  const { worker, host, submit, directory } = await setup();
  const waiting = host.logged("pid");
  const killed = submit("test.Command", { command: "echo pid $$; sleep 100" });
  await waiting;
  await worker.stop({ graceMs: 0 });
  expect(host.events).toEqual([`started ${killed}`]);
  expect(readdirSync(directory)).toEqual([]);
});
