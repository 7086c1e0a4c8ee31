import type { JsonMap } from "@capstan/model";
import { expect, onTestFinished, test } from "vitest";
import { testJob, testTask } from "../test-kit/jobs.ts";
import type { RecordingHost } from "../test-kit/recording-host.ts";
import type { ThreadWorkerOptions } from "../threads/thread-worker.ts";
import type { Job, Worker } from "../worker.ts";

export type WorkerOptions = Pick<ThreadWorkerOptions, "plugins" | "storage" | "threads"> &
  Partial<Pick<ThreadWorkerOptions, "graceMs" | "hangMs" | "heapMb">>;

/** How the suite gets the workers that it tests: started, with the host that they tell; stopped when the test ends. */
export type WorkerFactory = (
  options: WorkerOptions,
) => Promise<{ readonly worker: Pick<Worker, "submit" | "kill">; readonly host: RecordingHost }>;

/** What the host of these tests has to answer. */
export const GIVEN = { secrets: { TOKEN: "resolved" }, outputs: { far: { value: "found" } } };

/** Longer than anything takes that is waited for. */
const LONG_MS = 60_000;
const fixture = (name: string) => new URL(`../test-kit/${name}`, import.meta.url).href;
const storage = { module: "@capstan/storage", factory: "createMemoryStorage", options: {} };

/** Registers the tests that every worker passes, wherever its jobs run. */
export function workerConformance(factory: WorkerFactory): void {
  const setup = async (options: Partial<WorkerOptions> = {}) => {
    const plugins = [fixture("misbehaving-plugin.ts")];
    const { worker, host } = await factory({ plugins, storage, threads: 1, graceMs: 100, ...options });
    const submit = (type: string, properties: JsonMap = {}, more: Partial<Job> = {}) => {
      const job = testJob(testTask(type, properties), more);
      worker.submit(job);
      return job.key;
    };
    const run = (type: string, properties: JsonMap = {}) => host.over(submit(type, properties));
    const started = (key: string) => host.events.filter((event) => event === `started ${key}`).length;
    return { worker, host, submit, run, started };
  };

  test("a job runs with outputs, secrets, files and services of the host", async () => {
    const { host, run, submit, started } = await setup();
    const key = submit("test.Echo", { value: "{{ outputs.far.value }} {{ secret('TOKEN') }}" });
    expect(await host.over(key)).toEqual({ state: "SUCCESS", outputs: { value: "found resolved" } });
    expect(host.lines.map(({ message }) => message)).toEqual(['value "found ******" password undefined']);
    expect(started(key)).toBe(1);
    const files = await run("test.Files");
    expect(files.outputs).toMatchObject({ text: "content of the note", shared: "shared content" });
  });

  test("plugin code does not see the secrets of the environment", async () => {
    process.env["SECRET_OF_SERVER"] = "c2VjcmV0";
    onTestFinished(() => void delete process.env["SECRET_OF_SERVER"]);
    const { run } = await setup();
    expect((await run("test.Environment", { name: "SECRET_OF_SERVER" })).outputs).toEqual({ value: null });
    expect((await run("test.Environment", { name: "HOME" })).outputs).toEqual({ value: process.env["HOME"] });
  });

  test("an error of a service arrives as the failure that it is", async () => {
    const { run } = await setup();
    const { state, error } = await run("test.Echo", { value: "{{ secret('NONE') }}" });
    expect(state).toBe("FAILED");
    expect(error?.message).toContain("Cannot find secret for key 'NONE'.");
    expect(error?.stack).toBeUndefined();
  });

  test("all lines of a job arrive before its end", async () => {
    const { host, run } = await setup();
    await run("test.Chatter", { lines: 2_000 });
    expect(host.lines.length).toBe(2_001);
  });

  test("a task that calls process.exit only fails itself", async () => {
    const { host, submit, run } = await setup();
    const bystander = submit("test.Wait");
    const { state, error } = await run("test.Exit");
    expect({ state, message: error?.message }).toEqual({
      state: "FAILED",
      message: expect.stringContaining("process.exit(3)"),
    });
    expect(host.results.has(bystander)).toBe(false);
  });

  test("an error that nothing catches fails the job it belongs to, and no other", async () => {
    const { worker, host, submit, run, started } = await setup();
    const waiting = host.logged("waiting");
    const bystander = submit("test.Wait");
    await waiting;
    const { error } = await run("test.Uncaught");
    expect(error?.message).toBe("an error that the task did not catch: thrown by a timer");
    expect((await run("test.Echo", { value: 1 })).state).toBe("SUCCESS");
    worker.kill(bystander);
    expect(await host.over(bystander)).toEqual({ state: "KILLED" });
    expect(started(bystander)).toBe(1);
  });

  test("a thread that stands still is ended: the culprit fails, the others start again", async () => {
    const { host, submit, started } = await setup({ hangMs: 1_000 });
    const spinning = host.logged("spinning");
    const culprit = submit("test.Spin");
    await spinning;
    const other = submit("test.Echo", { value: 1 });
    const result = await host.over(culprit);
    expect(result.state).toBe("FAILED");
    expect(result.error?.message).toMatch(
      /the task ended its worker thread: its event loop stood still for \d+(\.\d+)? seconds/,
    );
    expect((await host.over(other)).state).toBe("SUCCESS");
    expect([started(culprit), started(other)]).toEqual([1, 1]);
  });

  test("a task that takes all memory fails, the jobs beside it start again", async () => {
    const { worker, host, submit } = await setup({ heapMb: 60 });
    const bystander = submit("test.Wait");
    const culprit = submit("test.Hoard");
    const result = await host.over(culprit);
    expect(result).toEqual({
      state: "FAILED",
      error: { message: expect.stringMatching(/ended its worker thread: .*memory/) },
    });
    const again = host.lines.filter(({ message }) => message.includes("It starts again."));
    expect(again.length).toBeGreaterThan(0);
    worker.kill(bystander);
    expect(await host.over(bystander)).toEqual({ state: "KILLED" });
  });

  test("a group that has reported children fails when its thread is lost, because they must not be reported twice", async () => {
    const { host, submit } = await setup({ heapMb: 60 });
    submit("test.Wait");
    const group = [testTask("test.Echo", { value: 1 }, { id: "first" }), testTask("test.Hoard", {}, { id: "second" })];
    const key = submit("io.kestra.plugin.core.flow.WorkingDirectory", {}, { group });
    expect((await host.over(key)).error?.message).toMatch(/^the group lost its worker thread/);
    expect(host.children.map(({ taskId }) => taskId)).toEqual(["first"]);
  });

  test("plugins that can't be loaded fail the jobs with the reason", async () => {
    const { run } = await setup({ plugins: ["/no/such/plugin.ts"] });
    const { error } = await run("test.Echo", { value: 1 });
    expect(error?.message).toMatch(/^the worker can't load its plugins: .*plugin\.ts/);
  });

  test("processes of a job end with its kill", async () => {
    const { worker, host, submit } = await setup({ graceMs: LONG_MS });
    const waiting = host.logged("pid");
    const key = submit("test.Command", { command: "echo pid $$; sleep 100" });
    await waiting;
    worker.kill(key);
    expect(await host.over(key)).toEqual({ state: "KILLED" });
    const pid = Number(host.lines[0]!.message.split(" ")[1]);
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
}
