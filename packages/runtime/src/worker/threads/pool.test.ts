import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { Job } from "../worker.ts";
import { testJob, testTask } from "../test-kit/jobs.ts";
import { createRecordingHost } from "../test-kit/recording-host.ts";
import { createThreadWorker, type ThreadWorkerOptions } from "./thread-worker.ts";

const plugins = [new URL("../test-kit/misbehaving-plugin.ts", import.meta.url).href];
const storage = { module: "@capstan/storage", factory: "createMemoryStorage", options: {} };
/** Longer than two looks at the threads are apart, in milliseconds. */
const PULSES_MS = 1_500;

async function setup(options: Partial<ThreadWorkerOptions> = {}) {
  const directory = await mkdtemp(join(tmpdir(), "pool-test-"));
  const host = createRecordingHost();
  const worker = createThreadWorker({ plugins, storage, host, directory, graceMs: 100, ...options });
  onTestFinished(async () => {
    await worker.stop({ graceMs: 0 });
    await rm(directory, { recursive: true, force: true });
  });
  const submit = (type: string, properties = {}) => {
    const job = testJob(testTask(type, properties));
    worker.submit(job);
    return job.key;
  };
  const threads = () =>
    readdirSync(join(directory, readdirSync(directory)[0]!)).filter((name) => name.startsWith("thread"));
  return { host, worker, submit, threads };
}

/** A job that answers which it is. */
function jobOf(namespace: string, value: string, priority = 0): Job {
  const made = testJob(testTask("test.Echo", { value }));
  return { ...made, priority, identity: { ...made.identity, namespace } };
}

test("jobs that wait for a thread come by priority, and by turns of their namespaces", async () => {
  const { host, worker, submit } = await setup({ threads: 1, concurrency: 1 });
  const first = submit("test.Wait");
  await host.logged("waiting");
  const waiting = [jobOf("a", "a1"), jobOf("a", "a2"), jobOf("b", "b1"), jobOf("b", "urgent", 5)];
  for (const job of waiting) worker.submit(job);
  expect(worker.queuedCount).toBe(4);
  const killed = jobOf("a", "killed");
  worker.submit(killed);
  worker.kill(killed.key);
  expect(await host.over(killed.key)).toEqual({ state: "KILLED" });
  worker.kill(first);
  await Promise.all(waiting.map(({ key }) => host.over(key)));
  const placeOf = (event: string) => waiting.findIndex(({ key }) => event === `started ${key}`);
  expect(host.events.map(placeOf).filter((place) => place !== -1)).toEqual([3, 0, 2, 1]);
});

test("jobs that wait share one thread", async () => {
  const { host, submit, threads } = await setup();
  for (let count = 0; count < 20; count += 1) submit("test.Wait");
  await host.over(submit("test.Echo", { value: 1 }));
  expect(threads()).toEqual(["thread-1"]);
});

test("another thread is started when one has as many jobs as it may, and no more than there may be", async () => {
  const { host, submit, threads } = await setup({ threads: 2, concurrency: 3 });
  for (let count = 0; count < 5; count += 1) submit("test.Wait");
  await host.over(submit("test.Echo", { value: 1 }));
  for (let count = 0; count < 5; count += 1) submit("test.Wait");
  expect(threads()).toEqual(["thread-1", "thread-2"]);
});

test("a thread that stands still is left alone by the jobs that follow", async () => {
  const { host, submit, threads } = await setup();
  const spinning = host.logged("spinning");
  submit("test.Spin");
  await spinning;
  await sleep(PULSES_MS);
  expect(await host.over(submit("test.Echo", { value: 1 }))).toMatchObject({ state: "SUCCESS" });
  expect(threads()).toEqual(["thread-1", "thread-2"]);
});
