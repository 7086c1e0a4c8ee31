import { createMemoryStore } from "@capstan/store";
import { describe, expect, test } from "vitest";
import { NAMESPACE, runtimeByHand, TENANT, until } from "../executor/test-kit/runtime-by-hand.ts";
import type { TaskLimit } from "./rules.ts";

const flow = (id: string, namespace = NAMESPACE) => `
id: ${id}
namespace: ${namespace}
inputs: [{id: who, type: STRING, defaults: nobody}, {id: rank, type: INT, defaults: 0}]
priority: "{{ inputs.rank }}"
tasks:
  - { id: echo, type: test.Echo, value: v }
`;

async function world(tasks: readonly TaskLimit[], ...flows: readonly string[]) {
  const made = await runtimeByHand(createMemoryStore(), flows.length === 0 ? [flow("f")] : flows, {
    flowControl: { concurrency: [], quotas: [], tasks },
  });
  const { executions } = made.runtime;
  const names = new Map<string, string>();
  const jobOf = (name: string) => made.jobs.find(({ identity }) => identity.executionId === names.get(name));
  return {
    ...made,
    executions,
    names,
    start: async (name: string, more: { who?: string; rank?: number; flowId?: string; namespace?: string } = {}) => {
      const { flowId = "f", namespace = NAMESPACE, who = "nobody", rank = 0 } = more;
      const { id } = await executions.create({ tenant: TENANT, namespace, flowId, inputs: { who, rank } });
      names.set(name, id);
      // Its task is with the worker, or waits for a place.
      await until(async () => {
        const { waits } = await executions.explain(TENANT, id);
        return jobOf(name) !== undefined || waits[0]?.kind !== "value" ? true : undefined;
      });
      return id;
    },
    /** Names of executions whose task the worker has or had, in the order in which it got them. */
    given: () => made.jobs.map(({ identity }) => [...names].find(([, id]) => id === identity.executionId)?.[0]),
    finish: async (name: string) => {
      made.host.ended((await until(() => jobOf(name))).key, { state: "SUCCESS" });
      await made.ended(names.get(name)!);
    },
  };
}

test("only so many tasks of a type are with the worker, and the next comes when one has ended", async () => {
  const { start, given, finish } = await world([{ type: "test.Echo", limit: 2 }]);
  for (const name of ["a", "b", "c", "d"]) await start(name);
  expect(given()).toEqual(["a", "b"]);
  await finish("b");
  expect(given()).toEqual(["a", "b", "c"]);
});

test("a type may be the beginning of several, and nothing else is limited", async () => {
  const { start, given } = await world([
    { type: "test", limit: 1 },
    { type: "test.Ech", limit: 1 },
  ]);
  await start("a");
  await start("b");
  expect(given()).toEqual(["a"]);
});

test("a key counts each of its values, and another tenant or namespace is not counted", async () => {
  const limits = [
    { type: "test.Echo", limit: 1, key: "{{ inputs.who }}" },
    { type: "test.Echo", limit: 1, tenant: "another" },
    { type: "test.Echo", limit: 1, namespace: "company.west" },
  ];
  const { start, given, finish } = await world(limits, flow("f"), flow("g", "company.west.north"));
  await start("a1", { who: "ada" });
  await start("b1", { who: "bob" });
  await start("a2", { who: "ada" });
  await start("g1", { who: "cy", flowId: "g", namespace: "company.west.north" });
  await start("g2", { who: "di", flowId: "g", namespace: "company.west.north" });
  expect(given()).toEqual(["a1", "b1", "g1"]);
  await finish("g1");
  await finish("a1");
  expect(given()).toEqual(["a1", "b1", "g1", "g2", "a2"]);
});

test("a key that can't be rendered fails the task and says why", async () => {
  const { start, ended } = await world([{ type: "test.Echo", limit: 1, key: "{{ inputs.absent }}" }]);
  const id = await start("a");
  const { row } = await ended(id);
  expect(row).toMatchObject({ state: "FAILED", error: expect.stringContaining("the limit of test.Echo") });
});

test("those that wait come by priority, and by turns of their namespaces", async () => {
  const { start, given, finish } = await world([{ type: "test.Echo", limit: 1 }], flow("f"), flow("g", "other"));
  await start("runs");
  for (const name of ["f1", "f2", "f3"]) await start(name);
  await start("g1", { flowId: "g", namespace: "other" });
  await start("urgent", { rank: 1 });
  for (const name of ["runs", "urgent", "f1", "g1", "f2"]) await finish(name);
  expect(given()).toEqual(["runs", "urgent", "f1", "g1", "f2", "f3"]);
});

describe("a task that waits for a place", () => {
  const LIMIT = { type: "test.Echo", limit: 1 };

  test("says so, with who has it", async () => {
    const { start, executions, names, runtime } = await world([LIMIT]);
    const first = await start("a");
    const second = await start("b");
    const { waits } = await executions.explain(TENANT, second);
    expect(waits).toMatchObject([
      {
        kind: "slot",
        text: "a slot: the limit of test.Echo in the tenant main is 1",
        slot: { position: 1, holders: [first] },
      },
    ]);
    expect((await executions.explain(TENANT, names.get("a")!)).waits).toMatchObject([{ kind: "job" }]);
    expect(runtime.queues(TENANT)).toMatchObject([
      {
        kind: "TASKS",
        taskType: "test.Echo",
        where: {},
        limit: 1,
        running: 1,
        waiting: 1,
        holders: [first],
        next: [second],
      },
    ]);
    expect(runtime.queues("another")).toEqual([]);
  });

  test("ends at once when it is killed, without a worker, and leaves no place behind", async () => {
    const { start, executions, ended, given, finish, killed, runtime } = await world([LIMIT]);
    await start("a");
    const second = await start("b");
    await start("c");
    await executions.kill(TENANT, second);
    expect((await ended(second)).row.state).toBe("KILLED");
    expect(killed).toEqual([]);
    await finish("a");
    expect(given()).toEqual(["a", "c"]);
    await finish("c");
    expect(runtime.queues(TENANT)).toEqual([]);
  });

  test("holds the place of one limit while it waits for another, so that nobody waits for ever", async () => {
    const limits = [
      { type: "test.Echo", limit: 1, key: "{{ inputs.who }}" },
      { type: "test", limit: 1 },
    ];
    const { start, given, finish } = await world(limits);
    await start("a1", { who: "ada" });
    await start("b1", { who: "bob" });
    await start("b2", { who: "bob" });
    await finish("a1");
    await start("a2", { who: "ada" });
    expect(given()).toEqual(["a1", "b1"]);
    // It came before the other one, and so goes before it in the queue that it comes to later.
    await finish("b1");
    expect(given()).toEqual(["a1", "b1", "b2"]);
    await finish("b2");
    expect(given()).toEqual(["a1", "b1", "b2", "a2"]);
  });
});
