import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { JsonMap, JsonValue, Trigger } from "@capstan/model";
import { expect, onTestFinished, test } from "vitest";
import { ATTEMPT_LIMITS } from "../limits.ts";
import { testJob, testTask } from "../test-kit/jobs.ts";
import { createRecordingHost } from "../test-kit/recording-host.ts";
import type { TriggerFinding, TriggerJob } from "../worker.ts";
import { createThreadWorker, type ThreadWorkerOptions } from "./thread-worker.ts";

const plugins = [
  new URL("../test-kit/trigger-plugin.ts", import.meta.url).href,
  new URL("../test-kit/misbehaving-plugin.ts", import.meta.url).href,
];
const storage = { module: "@capstan/storage", factory: "createMemoryStorage", options: {} };

async function setup(options: Partial<ThreadWorkerOptions> = {}) {
  const directory = await mkdtemp(join(tmpdir(), "trigger-test-"));
  const host = createRecordingHost({ secrets: { TOKEN: "resolved" } });
  const worker = createThreadWorker({ plugins, storage, host, directory, threads: 1, graceMs: 100, ...options });
  onTestFinished(async () => {
    await worker.stop({ graceMs: 0 });
    await rm(directory, { recursive: true, force: true });
  });
  return { worker, host, directory };
}

let made = 0;
function jobOf(type: string, properties: JsonMap, position?: JsonValue): TriggerJob {
  made += 1;
  const trigger = { id: "t", type: `test.${type}`, properties } as unknown as Trigger;
  return {
    key: `main/trigger/${made}`,
    identity: { tenant: "main", namespace: "company.team", flowId: "flow", triggerId: "t", executionId: "e1" },
    trigger,
    variables: { flow: { id: "my-flow" } },
    inputs: [],
    ...(position === undefined ? {} : { position }),
  };
}

const never = () => new AbortController().signal;

test("a question is asked with rendered properties; its lines are the trigger's, without secrets", async () => {
  const { worker, host } = await setup();
  const properties = { value: "{{ flow.id }}", password: "{{ secret('TOKEN') }}" };
  const found = await worker.poll(jobOf("Ask", properties, 4), never());
  expect(found).toEqual({
    variables: { value: "my-flow", uri: expect.stringMatching(/\/executions\/e1\/trigger\/t\/.*found\.txt$/) },
    position: 5,
  });
  expect(host.lines).toMatchObject([{ taskId: "t", message: "asked with ******" }]);
  expect(await worker.poll(jobOf("Ask", { value: "nothing" }), never())).toBeUndefined();
});

test.each([
  { how: "throw", reason: "no route" },
  { how: "exit", reason: "process.exit(1)" },
  { how: "spin", reason: "its event loop stood still" },
  { how: "large", reason: "the outputs are too large" },
])("a question that ends by $how is answered with the reason, and tasks go on", async (given) => {
  const { worker, host } = await setup({ hangMs: 1_000 });
  const job = testJob(testTask("test.Wait"));
  worker.submit(job);
  await host.logged("waiting");
  await expect(worker.poll(jobOf("AskBadly", { how: given.how }), never())).rejects.toThrow(given.reason);
  expect(worker.runningCount).toBe(1);
  expect(await worker.poll(jobOf("Ask", { value: "next" }), never())).toBeDefined();
  expect(host.lines.filter(({ message }) => message === "waiting").length).toBe(1);
});

test("a question that never ends is given up when it is interrupted", async () => {
  const { worker } = await setup();
  const abort = new AbortController();
  const asked = worker.poll(jobOf("AskBadly", { how: "never" }), abort.signal);
  abort.abort();
  await expect(asked).rejects.toThrow("interrupted");
});

/** The folders of the threads that are there. */
async function threads(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.map((name) => basename(name)).filter((name) => /^thread-\d+$/.test(name));
}

test("questions that go on after they were given up end with their thread, and the others go on", async () => {
  const { worker, directory } = await setup();
  const abort = new AbortController();
  const events: unknown[] = [];
  const goesOn = Promise.withResolvers<void>();
  const listening = worker.listen(
    jobOf("Count", { waits: true, upTo: 2 }),
    async ({ variables }) => {
      events.push(variables);
      if (events.length === 2) abort.abort();
      if ("goesOnFrom" in variables) goesOn.resolve();
    },
    never(),
  );
  const asked = [1, 2, 3].map(() => worker.poll(jobOf("AskBadly", { how: "never" }), abort.signal));
  const interrupted = expect.objectContaining({
    reason: expect.objectContaining({ message: expect.stringContaining("interrupted") }),
  });
  expect(await Promise.allSettled(asked)).toEqual([interrupted, interrupted, interrupted]);
  await Promise.race([goesOn.promise, listening]);
  expect(events).toEqual([{ number: 1 }, { number: 2 }, { goesOnFrom: 2 }]);
  while ((await threads(directory)).length > 1) await new Promise((resolve) => setImmediate(resolve));
  expect(await threads(directory)).toEqual(["thread-2"]);
});

test("a listener hands over its events in order until it is interrupted", async () => {
  const { worker } = await setup();
  const abort = new AbortController();
  const events: TriggerFinding[] = [];
  const listening = worker.listen(
    jobOf("Count", { waits: true, upTo: 3 }),
    async (event) => {
      events.push(event);
      if (events.length === 3) abort.abort();
    },
    abort.signal,
  );
  await expect(listening).rejects.toThrow("interrupted");
  expect(events).toEqual([1, 2, 3].map((number) => ({ variables: { number }, position: number })));
});

test("a listener that loses its thread goes on from its last durable position", async () => {
  const { worker, host } = await setup({ hangMs: 1_000 });
  const abort = new AbortController();
  const events: unknown[] = [];
  const goesOn = Promise.withResolvers<void>();
  // Alone on its thread it would be to blame and fail; beside another one, both start again apart.
  const beside = worker.listen(jobOf("Count", { waits: true, upTo: 0 }), async () => undefined, abort.signal);
  const listening = worker.listen(
    jobOf("Count", { waits: true, upTo: 2, thenSpins: true }),
    async ({ variables }) => {
      events.push(variables);
      if ("goesOnFrom" in variables) goesOn.resolve();
    },
    abort.signal,
  );
  await goesOn.promise;
  abort.abort();
  await Promise.allSettled([beside, listening]);
  expect(events).toEqual([{ number: 1 }, { number: 2 }, { goesOnFrom: 2 }]);
  expect(host.lines.filter(({ message }) => message.endsWith("It starts again.")).length).toBe(2);
});

test("a listener that does not wait for its events is stopped by their limit", async () => {
  const { worker } = await setup();
  let count = 0;
  const listening = worker.listen(
    jobOf("Count", { waits: false, upTo: 1_000 }),
    () => {
      count += 1;
      return new Promise(() => undefined);
    },
    never(),
  );
  await expect(listening).rejects.toThrow(`more than ${ATTEMPT_LIMITS.eventsInFlight} events are under way`);
  expect(count).toBe(ATTEMPT_LIMITS.eventsInFlight);
});
