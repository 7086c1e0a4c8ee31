import { createMemoryStorage } from "@capstan/storage";
import { type CommitUnit, createMemoryStore, type MemoryStore, type TriggerRow } from "@capstan/store";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../clock.ts";
import { createRuntime } from "../runtime.ts";
import { idleWorker } from "../worker/test-kit/idle-worker.ts";
import plugin from "../worker/test-kit/misbehaving-plugin.ts";

const task = "tasks: [{ id: t, type: test.InlineEcho, value: v }]";
const flow = (id: string, rest = "") => `id: ${id}\nnamespace: company\n${task}\n${rest}`;

async function setup(flows: readonly string[], store: MemoryStore = createMemoryStore()) {
  const runtime = createRuntime({
    store,
    // However slow the machine is, what follows within a turn is one unit.
    clock: { ...systemClock, elapsedMs: () => 0 },
    storage: createMemoryStorage(),
    plugins: [plugin],
    createWorker: () => idleWorker,
    logger: pino({ level: "silent" }),
  });
  await runtime.start();
  onTestFinished(() => runtime.stop());
  for (const source of flows) await runtime.flows.save("main", source, { mode: "apply" });
  const start = async (flowId: string) => {
    const { id } = await runtime.executions.create({ tenant: "main", namespace: "company", flowId });
    return (await runtime.executions.ended("main", id))!.row;
  };
  const hook = ({ body, ...more }: { key?: string; body?: string; parameters?: Record<string, string[]> } = {}) =>
    runtime.triggers.webhook({
      tenant: "main",
      namespace: "company",
      flowId: "hook",
      key: "the-key",
      body: body === undefined ? undefined : () => ({ body }),
      headers: {},
      parameters: {},
      ...more,
    });
  const executionsOf = async (flowId: string) => {
    const filter = { tenant: "main", namespace: "company", flowId };
    return (await runtime.executions.search(filter, { offset: 0, limit: 100 })).rows;
  };
  /** Waits until a flow has so many executions. */
  const executions = async (flowId: string, count: number) => {
    let found = await executionsOf(flowId);
    while (found.length < count) {
      await new Promise((resolve) => setImmediate(resolve));
      found = await executionsOf(flowId);
    }
    return found;
  };
  return { runtime, store, start, hook, executions, executionsOf };
}

const WEBHOOK = `
inputs: [{ id: number, type: INT, required: false }]
triggers:
  - id: hook
    type: io.kestra.plugin.core.trigger.Webhook
    key: the-key
    labels: { who: "{{ trigger.body.who }}", fixed: "yes", lost: "{{ trigger.body.nothing }}" }
    inputs: { number: "{{ trigger.parameters.n[0] ?? 1 }}" }
    conditions:
      - type: io.kestra.plugin.core.condition.Expression
        expression: "{{ trigger.body.who != 'nobody' }}"
`;

test("a webhook starts its flow with rendered inputs and labels", async () => {
  const { hook } = await setup([flow("hook", WEBHOOK)]);
  const { row } = await hook({ body: '{"who":"ada"}', parameters: { n: ["3"] } });
  expect(row.inputs).toEqual({ number: 3 });
  expect(row.labels).toEqual(
    expect.arrayContaining([
      { key: "who", value: "ada" },
      { key: "fixed", value: "yes" },
    ]),
  );
  expect(row.labels.map(({ key }) => key)).not.toContain("lost");
});

test.each([
  { name: "another key", call: { key: "other", body: '{"who":"ada"}' }, status: 404 },
  { name: "conditions that don't hold", call: { body: '{"who":"nobody"}' }, status: 409 },
  { name: "inputs that don't fit", call: { body: '{"who":"ada"}', parameters: { n: ["many"] } }, status: 422 },
])("a webhook starts nothing for $name", async ({ call, status }) => {
  const { hook, executionsOf } = await setup([flow("hook", WEBHOOK)]);
  await expect(hook(call)).rejects.toMatchObject({ status });
  expect(await executionsOf("hook")).toEqual([]);
});

const hookWith = (properties: string, more = "") =>
  flow(
    "hook",
    `triggers:\n${more}  - { id: hook, type: io.kestra.plugin.core.trigger.Webhook, key: the-key, ${properties} }`,
  );
const HOOK = { tenant: "main", namespace: "company", flowId: "hook", triggerId: "hook" };

test("a webhook whose inputs can't be rendered starts nothing; why is told to who asks, not to who calls", async () => {
  const source = hookWith(`inputs: { n: "{{ trigger.body.who.name }}" }`).replace(
    "tasks:",
    "inputs: [{ id: n, type: STRING, required: false }]\ntasks:",
  );
  const { hook, executionsOf, runtime } = await setup([source]);
  await expect(hook({ body: "{}" })).rejects.toMatchObject({
    status: 422,
    code: "inputs-invalid",
    message: "the inputs of the webhook hook can't be rendered",
  });
  expect(await executionsOf("hook")).toEqual([]);
  const { evaluation } = await runtime.triggers.explain(HOOK);
  expect(evaluation).toMatchObject({ outcome: "failed", text: expect.stringContaining("trigger.body.who.name") });
});

test("a webhook whose key can't be rendered fits no call, and the others of its flow are called", async () => {
  const broken = `  - { id: broken, type: io.kestra.plugin.core.trigger.Webhook, key: "{{ vars.absent }}" }\n`;
  const { hook } = await setup([hookWith("", broken)]);
  expect((await hook()).row.trigger?.id).toBe("hook");
  await expect(hook({ key: "" })).rejects.toMatchObject({ status: 404 });
});

test.each(["wait: true", "wait: false"])(
  "a status that is none is told to who asks, not to who calls: %s",
  async (wait) => {
    const { hook, runtime } = await setup([hookWith(`${wait}, responseCode: "{{ trigger.body.code }}"`)]);
    const statusFor = async (code: string) => {
      const { row, responseCode } = await hook({ body: `{"code": ${code}}` });
      await runtime.executions.ended("main", row.id);
      return responseCode?.();
    };
    expect([await statusFor("200"), await statusFor("599")]).toEqual([200, 599]);
    expect((await runtime.triggers.explain(HOOK)).evaluation).toBeUndefined();
    for (const code of ["199", "600", "200.5", '"no"', "[]"]) expect(await statusFor(code)).toBeUndefined();
    expect((await runtime.triggers.explain(HOOK)).evaluation?.text).toMatch(/responseCode .* status from 200 to 599/u);
    const { responseCode } = await hook({ body: "{}" });
    expect(await responseCode?.()).toBeUndefined();
  },
);

test("a webhook asks its `when` as well as its conditions", async () => {
  const { hook, executionsOf } = await setup([
    flow("hook", WEBHOOK.replace("    conditions:", `    when: "{{ trigger.body.go == true }}"\n    conditions:`)),
  ]);
  await expect(hook({ body: '{"who":"ada","go":false}' })).rejects.toMatchObject({ status: 409 });
  await expect(hook({ body: '{"who":"ada"}' })).rejects.toMatchObject({ status: 409 });
  expect(await executionsOf("hook")).toEqual([]);
  await hook({ body: '{"who":"ada","go":true}' });
  expect(await executionsOf("hook")).toHaveLength(1);
});

const follower = (properties: string) =>
  flow(
    "down",
    `triggers:\n  - id: after\n    type: io.kestra.plugin.core.trigger.Flow\n    labels: { of: "{{ trigger.flowId }}" }\n${properties}`,
  );
const AFTER_UP = follower(`
    conditions:
      - { type: io.kestra.plugin.core.condition.ExecutionFlow, namespace: company, flowId: up }
`);

test("a flow trigger starts its flow after another, with rendered labels and the same correlation", async () => {
  const { start, executions } = await setup([flow("up"), AFTER_UP]);
  const upstream = await start("up");
  const [down] = await executions("down", 1);
  expect(down?.trigger?.variables).toMatchObject({ executionId: upstream.id, flowId: "up", state: "SUCCESS" });
  expect(down?.labels).toEqual(
    expect.arrayContaining([
      { key: "of", value: "up" },
      { key: "system.correlationId", value: upstream.id },
    ]),
  );
});

test("a flow trigger whose flow can't take its inputs does not keep another from starting", async () => {
  const broken = flow(
    "broken",
    "inputs: [{ id: number, type: INT }]\ntriggers: [{ id: after, type: io.kestra.plugin.core.trigger.Flow, inputs: { number: none } }]",
  );
  const { start, executions, executionsOf } = await setup([flow("up"), broken, AFTER_UP]);
  await start("up");
  await executions("down", 1);
  expect(await executionsOf("broken")).toEqual([]);
});

test("a flow trigger starts its flow without an input that nobody gives", async () => {
  const { start, executions } = await setup([
    flow("up"),
    AFTER_UP.replace(
      "triggers:",
      "inputs: [{ id: number, type: INT }, { id: other, type: INT, defaults: 2 }]\ntriggers:",
    ),
  ]);
  await start("up");
  const [down] = await executions("down", 1);
  expect(down?.inputs).toEqual({ other: 2 });
});

test("preconditions wait for every flow, and start again from nothing", async () => {
  const both = follower(`
    preconditions:
      id: both
      flows: [{ namespace: company, flowId: one }, { namespace: company, flowId: two, states: [SUCCESS] }]
`);
  const { start, executions } = await setup([flow("one"), flow("two"), both]);
  await start("one");
  await start("one");
  const second = await start("two");
  const [first] = await executions("down", 1);
  expect(first?.trigger?.variables["executionId"]).toBe(second.id);
  await start("two");
  const last = await start("one");
  const ids = (await executions("down", 2)).map(({ trigger }) => String(trigger?.variables["executionId"]));
  expect(ids.toSorted()).toEqual([second.id, last.id].toSorted());
});

test("a webhook that is switched off starts nothing until it is switched on, also in the next process", async () => {
  const { runtime, store, hook } = await setup([flow("hook", WEBHOOK)]);
  const key = { tenant: "main", namespace: "company", flowId: "hook", triggerId: "hook" };
  await hook({ body: '{"who":"ada"}' });
  await runtime.triggers.setDisabled(key, true);
  const off = { status: 409, code: "webhook-disabled" };
  await expect(hook({ body: '{"who":"ada"}' })).rejects.toMatchObject(off);

  const next = await setup([], createMemoryStore({ from: store.snapshot() }));
  await expect(next.hook({ body: '{"who":"ada"}' })).rejects.toMatchObject(off);
  await next.runtime.triggers.setDisabled(key, false);
  expect((await next.hook({ body: '{"who":"ada"}' })).row.flowId).toBe("hook");
});

test("what is known of a trigger is forgotten, whether its flow still has it or not", async () => {
  const { runtime, store } = await setup([flow("hook", WEBHOOK)]);
  const key = { tenant: "main", namespace: "company", flowId: "hook", triggerId: "hook" };
  await runtime.triggers.setDisabled(key, true);
  await runtime.triggers.forget(key);
  expect(await store.triggers.get(key)).toBeUndefined();
  await expect(runtime.triggers.forget(key)).rejects.toMatchObject({ status: 404, code: "trigger-not-found" });
  const orphan = { ...key, flowId: "gone", type: "Schedule", disabled: false, updatedAt: 1 };
  await store.commit({ triggers: [{ ...orphan, executionId: "running" }] });
  await expect(runtime.triggers.forget(orphan)).rejects.toMatchObject({ status: 409, code: "trigger-locked" });
  await store.commit({ triggers: [orphan] });
  await runtime.triggers.forget(orphan);
  expect(await store.triggers.get(orphan)).toBeUndefined();
});

test("a change that a dead process left is looked at by the next one, once", async () => {
  const first = await setup([flow("up"), AFTER_UP]);
  const { store } = first;
  const upstream = await first.start("up");
  const [down] = await first.executions("down", 1);
  const position = upstream.history.length - 1;
  const note = { tenant: "main", executionId: upstream.id, id: `flow-triggers/${position}`, body: null };
  await first.runtime.stop();

  // As if the process had died before it looked.
  await store.start();
  await store.commit({
    messages: [note],
    removedExecutions: [{ tenant: "main", id: down!.id, logs: true, metrics: true }],
  });
  await store.stop();
  const second = await setup([], store);
  const [started] = await second.executions("down", 1);
  expect(started?.trigger?.variables["executionId"]).toBe(upstream.id);
  expect(started?.id).toBe(down?.id);
  await second.runtime.stop();
  await store.start();
  expect(await store.messages.all()).toEqual([]);

  // As if the process had died after it started the flow, before it struck the note out.
  await store.commit({ messages: [note] });
  await store.stop();
  const third = await setup([], store);
  const other = await third.start("up");
  const causes = (await third.executions("down", 2)).map(({ trigger }) => String(trigger?.variables["executionId"]));
  expect(causes.toSorted()).toEqual([upstream.id, other.id].toSorted());
});

test.each([
  { name: "ends in its first commit locks nothing", type: "test.InlineEcho", lock: undefined },
  { name: "goes on locks its schedule", type: "test.Echo", lock: expect.any(String) },
])("an execution that $name", async ({ type, lock }) => {
  const store = createMemoryStore();
  const rows: TriggerRow[] = [];
  const watched = {
    ...store,
    commit: (unit: CommitUnit) => {
      rows.push(...(unit.triggers ?? []));
      return store.commit(unit);
    },
  };
  const { runtime, executions } = await setup([], watched);
  const each = '[{ id: each, type: io.kestra.plugin.core.trigger.Schedule, cron: "* * * * * *", withSeconds: true }]';
  const source = `id: dated\nnamespace: company\ntasks: [{ id: t, type: ${type}, value: v }]\ntriggers: ${each}`;
  await runtime.flows.save("main", source, { mode: "apply" });
  await executions("dated", 1);
  const fired = rows.filter((row) => row.date !== undefined);
  expect(fired.map(({ executionId }) => executionId)).toEqual(fired.map(() => lock));
  expect(fired).not.toEqual([]);
});
