import { createMemoryStorage } from "@capstan/storage";
import { createMemoryStore } from "@capstan/store";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { createRuntime } from "../runtime.ts";
import { idleWorker } from "../worker/test-kit/idle-worker.ts";
import plugin from "../worker/test-kit/misbehaving-plugin.ts";

/** Many more than a slice of the executor works off. */
const REQUESTS = 3_000;

test("however many are waiting, an execution is acknowledged only once it is stored", async () => {
  const store = createMemoryStore();
  const runtime = createRuntime({
    store,
    storage: createMemoryStorage(),
    plugins: [plugin],
    createWorker: () => idleWorker,
    logger: pino({ level: "silent" }),
  });
  await runtime.start();
  onTestFinished(() => runtime.stop());
  const source = "id: many\nnamespace: company\ntasks: [{ id: t, type: test.InlineEcho, value: v }]";
  await runtime.flows.save("main", source);
  const lost: string[] = [];
  const create = async () => {
    const { id } = await runtime.executions.create({ tenant: "main", namespace: "company", flowId: "many" });
    if ((await store.executions.get("main", id)) === undefined) lost.push(id);
  };
  await Promise.all(Array.from({ length: REQUESTS }, create));
  expect(lost).toEqual([]);
});
