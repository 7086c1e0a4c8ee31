import { createMemoryStorage } from "@capstan/storage";
import { createMemoryStore } from "@capstan/store";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { createRuntime } from "../runtime.ts";
import { idleWorker } from "../worker/test-kit/idle-worker.ts";
import plugin from "../worker/test-kit/misbehaving-plugin.ts";
import type { Job, JobHost } from "../worker/worker.ts";

const FLOW = `id: two
namespace: company
tasks:
  - id: both
    type: io.kestra.plugin.core.flow.Parallel
    tasks: [{ id: a, type: test.Wait }, { id: b, type: test.Wait }]`;

/** A runtime whose worker only collects what it is given. */
async function setup() {
  const jobs: Job[] = [];
  let host: JobHost | undefined;
  const runtime = createRuntime({
    store: createMemoryStore(),
    storage: createMemoryStorage(),
    plugins: [plugin],
    createWorker: (given) => {
      host = given;
      return { ...idleWorker, submit: (job) => jobs.push(job) };
    },
    logger: pino({ level: "silent" }),
  });
  await runtime.start();
  onTestFinished(() => runtime.stop());
  await runtime.flows.save("main", FLOW);
  const given = async (taskId: string, attempt: number): Promise<string> => {
    for (;;) {
      const job = jobs.find(({ identity }) => identity.taskId === taskId && identity.attempt === attempt);
      if (job !== undefined) return job.key;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { runtime, given, host: host! };
}

test("what a worker says of an attempt that was given up does not end the one after a restart", async () => {
  const { runtime, given, host } = await setup();
  const { id } = await runtime.executions.create({ tenant: "main", namespace: "company", flowId: "two" });
  const old = await given("a", 1);
  host.ended(await given("b", 1), { state: "FAILED" });
  expect((await runtime.executions.ended("main", id))?.row.state).toBe("FAILED");

  await runtime.executions.restart("main", id);
  const again = await given("a", 2);
  host.ended(old, { state: "FAILED" });
  host.ended(await given("b", 2), { state: "SUCCESS" });
  host.ended(again, { state: "SUCCESS" });
  const ended = await runtime.executions.ended("main", id);
  expect(ended?.row.state).toBe("SUCCESS");
});
