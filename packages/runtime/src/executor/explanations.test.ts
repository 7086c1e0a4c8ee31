import { HOLDERS_MAX } from "@capstan/engine";
import { createMemoryStore } from "@capstan/store";
import { describe, expect, test } from "vitest";
import type { ExecutionHistory } from "../services.ts";
import { AWAITED_MAX, REASONS_MAX, WAITS_MAX } from "./explanations.ts";
import { NAMESPACE, runtimeByHand, TENANT, until } from "./test-kit/runtime-by-hand.ts";

const flow = (id: string, tasks: string, rest = "") => `id: ${id}\nnamespace: ${NAMESPACE}\n${rest}\ntasks: [${tasks}]`;
const HANGS = "{ id: slow, type: test.Echo, value: v }";
const FAILS = `{ id: bad, type: test.InlineEcho, value: "{{ inputs.absent }}" }`;
const PAUSE = "{ id: wait, type: io.kestra.plugin.core.flow.Pause }";

async function setup(...flows: readonly string[]) {
  const world = await runtimeByHand(createMemoryStore(), flows);
  const { executions } = world.runtime;
  return {
    ...world,
    executions,
    /** Reasons of the history, as `who code by`. */
    told: async (id: string) => reasonsOf(await executions.history(TENANT, id)),
    explain: (id: string) => executions.explain(TENANT, id),
    state: async (id: string) => (await executions.get(TENANT, id))?.row.state,
  };
}

function reasonsOf({ entries }: ExecutionHistory): readonly string[] {
  return entries.flatMap(({ taskRun, why }) =>
    why === undefined ? [] : [[taskRun?.taskId ?? "flow", why.code, why.by].filter(Boolean).join(" ")],
  );
}

describe("the history names who", () => {
  test("started, paused, resumed and killed an execution", async () => {
    const { executions, told, job } = await setup(flow("f", HANGS));
    const { id } = await executions.create({ tenant: TENANT, namespace: NAMESPACE, flowId: "f", by: "ada" });
    await job(id, "slow");
    await executions.pause(TENANT, id, { by: "grace" });
    await executions.resume(TENANT, id, {}, { by: "linus" });
    await executions.kill(TENANT, id, { by: "ken" });
    const codes = (await told(id)).filter((each) => each.startsWith("flow"));
    expect(codes).toEqual(["flow created ada", "flow paused grace", "flow resumed linus", "flow killed ken"]);
  });

  test("restarted it, gave it another state, and changed its labels", async () => {
    const { executions, told, create, ended } = await setup(flow("f", FAILS));
    const { id } = await create("f");
    await ended(id);
    await executions.restart(TENANT, id, { by: "ada" });
    await ended(id);
    await executions.changeStatus(TENANT, id, "SUCCESS", { by: "grace" });
    await executions.setLabels(TENANT, id, [{ key: "a", value: "b" }], { by: "linus" });
    const codes = (await told(id)).filter((each) => / (?:ada|grace|linus)$/.test(each));
    expect(new Set(codes)).toEqual(
      new Set(["flow restarted ada", "bad restarted ada", "flow state-changed grace", "flow labelled linus"]),
    );
  });

  test("gave a task run another state", async () => {
    const { executions, told, create, ended } = await setup(flow("f", FAILS));
    const { id } = await create("f");
    const [run] = (await ended(id)).taskRuns;
    await executions.changeTaskRunState(TENANT, id, run!.id, "SUCCESS", { by: "ada" });
    expect((await ended(id)).row.state).toBe("SUCCESS");
    // All of it may have happened in one millisecond, in which a person's act has no place of its own.
    expect(new Set(await told(id))).toEqual(
      new Set(["flow created", "bad failed", "flow failed", "flow state-changed ada", "bad state-changed ada"]),
    );
  });

  test("replayed it, and from where", async () => {
    const { executions, told, create, ended } = await setup(flow("f", FAILS));
    const { id } = await create("f");
    const [run] = (await ended(id)).taskRuns;
    const whole = await executions.replay(TENANT, id, { by: "ada" });
    const part = await executions.replay(TENANT, id, { by: "grace", taskRunId: run!.id });
    expect(await told(whole.row.id)).toContain("flow replayed ada");
    expect(await told(part.row.id)).toContain("flow replayed grace");
    const { entries } = await executions.history(TENANT, part.row.id);
    expect(entries[0]).toMatchObject({ to: "RESTARTED" });
    expect(entries[0]?.why).toMatchObject({
      text: `it goes on from a task run of ${id}`,
      executionIds: [id],
    });
  });

  test("forced it to run, or took it from the queue", async () => {
    const { executions, told, create } = await setup(flow("f", HANGS, "concurrency: { limit: 1 }"));
    await create("f");
    const [forced, dropped] = [await create("f"), await create("f")];
    await executions.forceRun(TENANT, forced.id, { by: "ada" });
    await executions.unqueue(TENANT, dropped.id, "CANCELLED", { by: "grace" });
    expect(await told(forced.id)).toContain("flow forced ada");
    expect(await told(dropped.id)).toContain("flow unqueued grace");
  });

  test("killed the execution that waits for it", async () => {
    const { executions, told, create, job, state } = await setup(
      flow("child", HANGS),
      flow("f", `{ id: sub, type: io.kestra.plugin.core.flow.Subflow, namespace: ${NAMESPACE}, flowId: child }`),
    );
    const { id } = await create("f");
    const child = await until(async () => (await executions.explain(TENANT, id)).waits[0]?.awaited?.[0]?.id);
    await job(child, "slow");
    await executions.kill(TENANT, id, { by: "ada" });
    await until(async () => ((await state(child)) === "KILLING" ? true : undefined));
    const { entries } = await executions.history(TENANT, child);
    expect(entries.find(({ to }) => to === "KILLING")?.why).toMatchObject({ code: "killed", executionIds: [id] });
    expect((await told(child))[0]).toBe("flow called");
  });
});

describe("an explanation", () => {
  test("names who holds the slot, and the place in the queue", async () => {
    const { create, explain } = await setup(flow("f", HANGS, "concurrency: { limit: 2 }"));
    const holders = [(await create("f")).id, (await create("f")).id];
    const waiting = [await create("f"), await create("f")];
    const { waits, reasons } = await explain(waiting[1]!.id);
    expect(waits).toMatchObject([{ kind: "slot", slot: { limit: 2, running: 2, waiting: 2, position: 2, holders } }]);
    expect(reasons.at(-1)?.why).toMatchObject({ code: "limit-reached", executionIds: holders });
  });

  test("of one that the limit cancelled names who held the slots", async () => {
    const { create, explain } = await setup(flow("f", HANGS, "concurrency: { limit: 1, behavior: CANCEL }"));
    const { id: holder } = await create("f");
    const { row, waits, reasons } = await explain((await create("f")).id);
    expect(row.state).toBe("CANCELLED");
    expect(waits).toEqual([]);
    expect(reasons.at(-1)).toMatchObject({
      to: "CANCELLED",
      why: { code: "limit-reached", text: "the concurrency limit of its flow is 1", executionIds: [holder] },
    });
  });

  test("says what the subflow is doing that is waited for", async () => {
    const { create, explain } = await setup(
      flow("child", PAUSE),
      flow("f", `{ id: sub, type: io.kestra.plugin.core.flow.Subflow, namespace: ${NAMESPACE}, flowId: child }`),
    );
    const { id } = await create("f");
    const wait = await until(async () => {
      const [first] = (await explain(id)).waits;
      return first?.awaited?.[0]?.row?.state === "PAUSED" ? first : undefined;
    });
    expect(wait).toMatchObject({ kind: "child", taskRun: { taskId: "sub" } });
    expect((await explain(wait.awaited![0]!.id)).waits).toMatchObject([
      { kind: "person", taskRun: { taskId: "wait" } },
    ]);
  });

  test("names no more waits than it may, and how many there are", async () => {
    const values = JSON.stringify(Array.from({ length: WAITS_MAX + 1 }, (_, index) => `v${index}`));
    const each = `{ id: each, type: io.kestra.plugin.core.flow.ForEach, values: ${values}, concurrencyLimit: 0, tasks: [${HANGS}] }`;
    const { create, explain, jobs } = await setup(flow("f", each));
    const { id } = await create("f");
    await until(() => (jobs.length > WAITS_MAX ? true : undefined));
    const { waits, waitsTotal } = await explain(id);
    expect([waits.length, waitsTotal]).toEqual([WAITS_MAX, WAITS_MAX + 1]);
  });

  test("repeats no more reasons than it may, the newest", async () => {
    const count = REASONS_MAX + 5;
    const values = JSON.stringify(Array.from({ length: count }, (_, index) => `v${index}`));
    const fails = `{ id: bad, type: test.InlineEcho, value: "{{ inputs.absent }}", allowFailure: true }`;
    const each = `{ id: each, type: io.kestra.plugin.core.flow.ForEach, values: ${values}, tasks: [${fails}] }`;
    const { create, explain, ended } = await setup(flow("f", each));
    const { id } = await create("f");
    await ended(id);
    const { reasons } = await explain(id);
    expect(reasons).toHaveLength(REASONS_MAX);
    expect(reasons.findLast(({ taskRun }) => taskRun?.taskId === "bad")?.taskRun?.value).toBe(`v${count - 1}`);
  });

  test("looks up no more subflows than it may, and names no more holders of slots", async () => {
    const values = JSON.stringify(Array.from({ length: AWAITED_MAX + 1 }, (_, index) => `v${index}`));
    const sub = `{ id: sub, type: io.kestra.plugin.core.flow.Subflow, namespace: ${NAMESPACE}, flowId: child }`;
    const each = `{ id: each, type: io.kestra.plugin.core.flow.ForEach, values: ${values}, concurrencyLimit: 0, tasks: [${sub}] }`;
    const limit = `concurrency: { limit: ${HOLDERS_MAX + 1} }`;
    const { create, explain } = await setup(flow("child", PAUSE, limit), flow("f", each));
    const { id } = await create("f");
    const known = await until(async () => {
      const awaited = (await explain(id)).waits.flatMap((wait) => wait.awaited ?? []);
      const rows = awaited.flatMap(({ row }) => row ?? []);
      return rows.some(({ state }) => state === "QUEUED") && rows.length >= AWAITED_MAX - 1 ? rows : undefined;
    });
    expect(known.length).toBeLessThanOrEqual(AWAITED_MAX);
    const queued = known.find(({ state }) => state === "QUEUED");
    const [wait] = (await explain(queued!.id)).waits;
    expect([wait?.slot?.running, wait?.slot?.holders.length]).toEqual([HOLDERS_MAX + 1, HOLDERS_MAX]);
  });

  test("of one whose flow is gone says that nothing drives it", async () => {
    const store = createMemoryStore();
    const first = await runtimeByHand(store, [flow("f", PAUSE)]);
    const { id } = await first.create("f");
    await until(async () => ((await first.runtime.executions.get(TENANT, id))?.row.state === "PAUSED" ? 1 : undefined));
    const gone = createMemoryStore({ from: store.snapshot() });
    const second = await runtimeByHand({ ...gone, flows: { ...gone.flows, get: async () => undefined } }, []);
    const { flowProblem, waits } = await second.runtime.executions.explain(TENANT, id);
    expect(flowProblem).toBe(`there is no revision 1 of flow ${NAMESPACE}.f`);
    expect(waits).toMatchObject([{ kind: "person" }]);
  });

  test("needs an execution", async () => {
    const { executions } = await setup();
    await expect(executions.explain(TENANT, "absent")).rejects.toMatchObject({ status: 404 });
    await expect(executions.history(TENANT, "absent")).rejects.toMatchObject({ status: 404 });
  });
});
