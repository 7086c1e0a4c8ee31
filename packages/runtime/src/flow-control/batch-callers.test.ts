import { createMemoryStore } from "@capstan/store";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { NAMESPACE, runtimeByHand, TENANT, until } from "../executor/test-kit/runtime-by-hand.ts";

const hookFlow = (control: string) => `
id: hook
namespace: ${NAMESPACE}
inputs: [{id: number, type: INT, required: false}]
${control}
triggers:
  - {id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: k, wait: true, inputs: {number: "{{ trigger.body.n }}"}}
tasks: [{id: slow, type: test.Wait}]
`;

async function setup(source: string, store = createMemoryStore()) {
  const world = await runtimeByHand(store, [source]);
  const { runtime } = world;
  const hold = async (key: string) => {
    const held = await runtime.requestKeys.hold({ tenant: TENANT, principal: "", route: "POST hook", key });
    held.identify(key);
    return held;
  };
  const call = async (n: number, key?: string) => {
    const requestKey = key === undefined ? undefined : await hold(key);
    const of = { tenant: TENANT, namespace: NAMESPACE, flowId: "hook", key: "k", headers: {}, parameters: {} };
    const { row } = await runtime.triggers.webhook({ ...of, body: () => ({ body: `{"n":${n}}` }), requestKey });
    requestKey?.release();
    return row;
  };
  /** What the same request again is answered. */
  const again = async (key: string) => {
    const { kept } = await hold(key);
    const { executionId, startId } = kept as { readonly executionId: string; readonly startId?: string };
    return (await runtime.triggers.webhookStart(TENANT, executionId, startId))!.row;
  };
  return { ...world, store, call, again };
}

test("each call of a webhook is answered the execution that all of them start, with its own body", async () => {
  const { call, runtime } = await setup(hookFlow("batch: {maxSize: 2, timeout: PT1H}"));
  const first = await call(1);
  const second = await call(2);
  expect([second.id, second.inputs, second.trigger!.variables["body"]]).toEqual([first.id, { number: 2 }, { n: 2 }]);
  const row = await until(async () => {
    const found = (await runtime.executions.get(TENANT, first.id))!.row;
    return found.state === "CREATED" ? undefined : found;
  });
  expect(row.batch!.items.map(({ trigger }) => trigger!.variables["body"])).toEqual([{ n: 1 }, { n: 2 }]);
});

test("a call with a key that comes again is answered its own start, while its batch waits and afterwards", async () => {
  const { call, again, runtime } = await setup(hookFlow("batch: {maxSize: 9, timeout: PT1H}"));
  const first = await call(1, "one");
  await call(2, "two");
  for (const [key, number] of [
    ["one", 1],
    ["two", 2],
  ] as const)
    expect(await again(key)).toMatchObject({ id: first.id, inputs: { number } });
  await runtime.executions.forceRun(TENANT, first.id);
  expect((await again("one")).inputs).toEqual({ number: 1 });
  expect(await again("two")).toMatchObject({ id: first.id, inputs: { number: 2 }, state: "RUNNING" });
  expect((await again("two")).batch).toBeUndefined();
});

describe("files that a start brought", () => {
  const source = `
id: hook
namespace: ${NAMESPACE}
inputs: [{id: file, type: FILE}]
batch: {maxSize: 9, timeout: PT1H}
tasks: [{id: slow, type: test.Wait}]
`;
  async function start(world: Awaited<ReturnType<typeof runtimeByHand>>, content: string) {
    const { executions, storage } = world.runtime;
    const id = executions.newId();
    const path = `/${NAMESPACE}/hook/executions/${id}/inputs/file/a.txt`;
    const file = await storage.put(TENANT, path, content);
    return executions.create({ tenant: TENANT, namespace: NAMESPACE, flowId: "hook", id, inputs: { file } });
  }
  const contentOf = async ({ runtime }: Awaited<ReturnType<typeof runtimeByHand>>, uri: unknown) =>
    (await buffer(await runtime.storage.read(TENANT, String(uri)))).toString();

  test("belong to the execution that takes it, and go with that", async () => {
    const world = await runtimeByHand(createMemoryStore(), [source]);
    const { executions, storage } = world.runtime;
    const { id } = await start(world, "one");
    const second = await start(world, "two");
    expect(second.id).toBe(id);
    expect(second.inputs["file"]).toContain(`/executions/${id}/starts/`);
    expect(await contentOf(world, second.inputs["file"])).toBe("two");
    await executions.kill(TENANT, id);
    const { row } = (await executions.get(TENANT, id))!;
    expect(await Promise.all(row.batch!.items.map(({ inputs }) => contentOf(world, inputs["file"])))).toEqual([
      "one",
      "two",
    ]);
    await executions.delete(TENANT, id, { logs: true, metrics: true, storage: true });
    expect(await storage.list(TENANT, `/${NAMESPACE}/hook/executions`)).toEqual([]);
  });

  test("are where they were when it came too late", async () => {
    const world = await runtimeByHand(createMemoryStore(), [source]);
    const { id } = await start(world, "one");
    const killed = world.runtime.executions.kill(TENANT, id);
    const late = await start(world, "two");
    await killed;
    expect(late.inputs["file"]).toContain(`/executions/${late.id}/inputs/`);
    expect(await contentOf(world, late.inputs["file"])).toBe("two");
  });
});

test("secrets of all starts are known to whatever the execution says", async () => {
  const source = `
id: hook
namespace: ${NAMESPACE}
inputs: [{id: token, type: SECRET}]
batch: {maxSize: 2, timeout: PT1H}
tasks: [{id: slow, type: test.Echo, value: "{{ batch.items[1].inputs.token }}"}]
`;
  const { runtime, job } = await setup(source);
  const of = { tenant: TENANT, namespace: NAMESPACE, flowId: "hook" };
  const { id } = await runtime.executions.create({ ...of, inputs: { token: "first-secret" } });
  await runtime.executions.create({ ...of, inputs: { token: "second-secret" } });
  const { secrets, variables } = await job(id, "slow");
  expect(secrets).toEqual(expect.arrayContaining(["first-secret", "second-secret"]));
  expect(variables["batch"]).toMatchObject({ size: 2 });
});

test("jobs carry the starts only where they are read", async () => {
  const { call, job } = await setup(hookFlow("batch: {maxSize: 2, timeout: PT1H}"));
  const { id } = await call(1);
  await call(2);
  expect((await job(id, "slow")).variables["batch"]).toBeUndefined();
});
