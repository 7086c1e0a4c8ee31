import { describe, expect, test } from "vitest";
import { NAMESPACE, TENANT, until } from "../executor/test-kit/runtime-by-hand.ts";
import { KEY_LENGTH_MAX } from "./control-values.ts";
import { BY_CUSTOMER, flow, NOW, world } from "./test-kit/waiting-world.ts";

describe("a limit with a key", () => {
  test("holds for each value of its own", async () => {
    const { start, states, finish, reach } = await world([flow(`concurrency: {limit: 1, ${BY_CUSTOMER}}`)]);
    await start("a1", "ada");
    await start("a2", "ada");
    await start("b1", "bob");
    expect(await states("a1", "a2", "b1")).toEqual(["RUNNING", "QUEUED", "RUNNING"]);
    await finish("b1");
    expect(await states("a2")).toEqual(["QUEUED"]);
    await finish("a1");
    await reach("a2", "RUNNING");
  });

  test("says for whom it holds, in the history and while the execution waits", async () => {
    const { start, executions } = await world([flow(`concurrency: {limit: 1, ${BY_CUSTOMER}}`)]);
    const first = await start("a1", "ada");
    const second = await start("a2", "ada");
    const { waits, reasons } = await executions.explain(TENANT, second);
    const text = 'the concurrency limit of its flow for "ada" is 1';
    expect(waits).toMatchObject([{ kind: "slot", text: `a slot: ${text}`, slot: { position: 1, holders: [first] } }]);
    expect(reasons.at(-1)?.why).toMatchObject({ code: "limit-reached", text, executionIds: [first] });
  });

  test("of a longer text than is kept is told apart by its hash", async () => {
    const { start, states, row } = await world([flow(`concurrency: {limit: 1, ${BY_CUSTOMER}}`)]);
    const long = "x".repeat(KEY_LENGTH_MAX);
    await start("fits", long);
    await start("same", long);
    await start("longer", `${long}y`);
    await start("other", `${long}z`);
    expect(await states("fits", "same", "longer", "other")).toEqual(["RUNNING", "QUEUED", "RUNNING", "RUNNING"]);
    expect((await row("fits")).control?.keys).toEqual({ "{{ inputs.who }}": long });
    expect(Object.values((await row("longer")).control?.keys ?? {})[0]).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  test("that can't be rendered fails the execution and says why", async () => {
    const { start, row } = await world([flow(`concurrency: {limit: 1, key: "{{ fromJson(inputs.who).id }}"}`)]);
    await start("bad", "no json");
    expect(await row("bad")).toMatchObject({ state: "FAILED", error: expect.stringContaining("can't be rendered") });
  });
});

describe("several limits", () => {
  const BOTH = `concurrency: [{limit: 1, ${BY_CUSTOMER}}, {limit: 2}]`;

  test("must all let an execution run, and it says which one doesn't", async () => {
    const { start, states, executions, finish, reach } = await world([flow(BOTH)]);
    await start("a1", "ada");
    await start("b1", "bob");
    await start("a2", "ada");
    const third = await start("c1", "cy");
    expect(await states("a1", "b1", "a2", "c1")).toEqual(["RUNNING", "RUNNING", "QUEUED", "QUEUED"]);
    expect((await executions.explain(TENANT, third)).waits[0]?.text).toBe(
      "a slot: the concurrency limit of its flow is 2",
    );
    // Both have a place now that a1 had, and who came first goes first.
    await finish("a1");
    await reach("a2", "RUNNING");
    expect(await states("c1")).toEqual(["QUEUED"]);
    await finish("b1");
    await reach("c1", "RUNNING");
  });

  test("of namespaces and tenants hold for all their flows", async () => {
    const concurrency = [
      { namespace: "company.sales", limit: 1, behavior: "QUEUE" as const },
      { tenant: TENANT, limit: 3, behavior: "CANCEL" as const },
      { tenant: "another", limit: 1, behavior: "FAIL" as const },
    ];
    const flows = [
      flow("", "f"),
      flow("", "g", "company.sales.east"),
      flow("", "h", "company.sales"),
      flow("", "i", "company.salesforce"),
    ];
    const { start, states, row } = await world(flows, { flowControl: { concurrency, quotas: [], tasks: [] } });
    await start("g", "", { flowId: "g", namespace: "company.sales.east" });
    await start("h", "", { flowId: "h", namespace: "company.sales" });
    await start("i", "", { flowId: "i", namespace: "company.salesforce" });
    await start("f1");
    await start("f2");
    expect(await states("g", "h", "i", "f1", "f2")).toEqual(["RUNNING", "QUEUED", "RUNNING", "RUNNING", "CANCELLED"]);
    expect((await row("h")).notes).toMatchObject([{ code: "limited", limit: 1, scope: "the namespace company.sales" }]);
    expect((await row("f2")).notes).toMatchObject([{ code: "limited", limit: 3, scope: "the tenant main" }]);
  });

  test("one that waits for one of them takes none of the others from anybody", async () => {
    const concurrency = [{ tenant: TENANT, limit: 1, behavior: "QUEUE" as const }];
    const flows = [flow("concurrency: {limit: 1}"), flow("", "g")];
    const options = { flowControl: { concurrency, quotas: [], tasks: [] } };
    const { start, states, finish, reach, row } = await world(flows, options);
    await start("g1", "", { flowId: "g" });
    await start("f1");
    await start("g2", "", { flowId: "g" });
    await start("f2");
    expect(await states("f1", "g2", "f2")).toEqual(["QUEUED", "QUEUED", "QUEUED"]);
    await finish("g1");
    await reach("f1", "RUNNING");
    // Its turn for the tenant comes while another one runs: it goes on waiting for that in the queue of its flow.
    await finish("f1");
    await reach("g2", "RUNNING");
    await finish("g2");
    await reach("f2", "RUNNING");
    expect((await row("f2")).notes).toMatchObject([{ code: "limited", scope: "the tenant main" }]);
  });

  test("a subflow that its parent waits for runs in the place of that", async () => {
    const concurrency = [{ tenant: TENANT, limit: 1, behavior: "QUEUE" as const }];
    const parent = `id: parent
namespace: ${NAMESPACE}
tasks: [{ id: call, type: io.kestra.plugin.core.flow.Subflow, namespace: ${NAMESPACE}, flowId: f }]`;
    const { executions, job, host, ended, start, states, reach } = await world([flow(""), parent], {
      flowControl: { concurrency, quotas: [], tasks: [] },
    });
    const { id } = await executions.create({ tenant: TENANT, namespace: NAMESPACE, flowId: "parent" });
    const child = await until(async () => {
      const { rows } = await executions.search({ tenant: TENANT, parentExecutionId: id }, { offset: 0, limit: 1 });
      return rows[0];
    });
    await start("other");
    host.ended((await job(child.id, "slow")).key, { state: "SUCCESS" });
    expect((await ended(id)).row.state).toBe("SUCCESS");
    await reach("other", "RUNNING");
    expect(await states("other")).toEqual(["RUNNING"]);
  });

  test("one that the second limit refuses gives the place of the first to the next", async () => {
    const concurrency = [{ tenant: TENANT, limit: 2, behavior: "CANCEL" as const }];
    const flows = [flow("concurrency: {limit: 1}"), flow("", "g")];
    const { start, states, finish, reach } = await world(flows, {
      flowControl: { concurrency, quotas: [], tasks: [] },
    });
    await start("g1", "", { flowId: "g" });
    await start("g2", "", { flowId: "g" });
    await start("f1");
    expect(await states("f1")).toEqual(["CANCELLED"]);
    await finish("g1");
    await start("f2");
    await start("f3");
    expect(await states("f2", "f3")).toEqual(["RUNNING", "QUEUED"]);
    await start("g3", "", { flowId: "g" });
    expect(await states("g3")).toEqual(["CANCELLED"]);
    await finish("f2");
    await reach("f3", "RUNNING");
  });
});

describe("who waits is let in", () => {
  test("by priority, and those of one priority in the order in which they came", async () => {
    const { start, states, finish, reach } = await world([
      flow('concurrency: {limit: 1}\npriority: "{{ inputs.rank }}"'),
    ]);
    await start("runs");
    await start("low", "", { rank: -1 });
    await start("first", "", { rank: 5 });
    await start("second", "", { rank: 5 });
    await finish("runs");
    await reach("first", "RUNNING");
    await finish("first");
    await reach("second", "RUNNING");
    await finish("second");
    await reach("low", "RUNNING");
    expect(await states("low")).toEqual(["RUNNING"]);
  });

  test("by turns of the namespaces behind a limit that they share", async () => {
    const flowControl = { concurrency: [{ limit: 1, behavior: "QUEUE" as const }], quotas: [], tasks: [] };
    const { start, finish, reach } = await world([flow("", "a", "x"), flow("", "b", "y")], { flowControl });
    for (const name of ["a1", "a2", "a3"]) await start(name, "", { flowId: "a", namespace: "x" });
    await start("b1", "", { flowId: "b", namespace: "y" });
    await finish("a1");
    await reach("a2", "RUNNING");
    await finish("a2");
    await reach("b1", "RUNNING");
    await finish("b1");
    await reach("a3", "RUNNING");
  });

  test("not with a priority that is none: such an execution fails and says why", async () => {
    const { start, row, states } = await world([flow('priority: "{{ inputs.rank }}"')]);
    await start("most", "", { rank: 100 });
    await start("more", "", { rank: 101 });
    expect(await states("most")).toEqual(["RUNNING"]);
    expect(await row("more")).toMatchObject({ state: "FAILED", error: expect.stringContaining("from -100 to 100") });
  });
});

describe("REPLACE", () => {
  test("ends the oldest that runs, and the new one runs once that has ended", async () => {
    const { start, states, names, host, job, ended, executions, killed } = await world([
      flow(`concurrency: {limit: 1, behavior: REPLACE, ${BY_CUSTOMER}}`),
    ]);
    await start("old", "ada");
    await start("other", "bob");
    const { key } = await job(names.get("old")!, "slow");
    host.started(key, NOW);
    await start("new", "ada");
    await until(() => (killed.includes(key) ? true : undefined));
    expect(await states("old", "new", "other")).toEqual(["KILLING", "QUEUED", "RUNNING"]);
    host.ended(key, { state: "KILLED" });
    await ended(names.get("old")!);
    await job(names.get("new")!, "slow");
    expect(await states("old", "new", "other")).toEqual(["KILLED", "RUNNING", "RUNNING"]);
    const { entries } = await executions.history(TENANT, names.get("old")!);
    const why = { code: "superseded", executionIds: [names.get("new")] };
    expect(entries.find(({ taskRun, to }) => taskRun === undefined && to === "KILLING")?.why).toMatchObject(why);
  });

  test("of several that come meanwhile only the last one runs", async () => {
    const { start, states, names, host, job, ended, reach, killed } = await world([
      flow("concurrency: {limit: 2, behavior: REPLACE}"),
    ]);
    await start("one");
    await start("two");
    const { key } = await job(names.get("one")!, "slow");
    host.started(key, NOW);
    await start("three");
    await start("four");
    await start("five");
    await reach("four", "CANCELLED");
    expect(await states("one", "two", "three", "four", "five")).toEqual([
      "KILLING",
      "RUNNING",
      "CANCELLED",
      "CANCELLED",
      "QUEUED",
    ]);
    expect(killed).toEqual([key]);
    host.ended(key, { state: "KILLED" });
    await ended(names.get("one")!);
    await reach("five", "RUNNING");
  });
});

describe("after a restart", () => {
  test("who ran has its place, and who waited comes in the same order", async () => {
    const first = await world([flow(`concurrency: [{limit: 1, ${BY_CUSTOMER}}, {limit: 2}]`)]);
    await first.start("a1", "ada");
    await first.start("b1", "bob");
    first.clock.pass(1);
    await first.start("a2", "ada");
    first.clock.pass(1);
    await first.start("c1", "cy");
    const notes = (await first.row("c1")).notes;
    const again = await first.restarted();
    expect(await again.states("a1", "b1", "a2", "c1")).toEqual(["RUNNING", "RUNNING", "QUEUED", "QUEUED"]);
    // Nothing happened to it, so nothing is noted.
    expect((await again.row("c1")).notes).toEqual(notes);
    await again.finish("b1");
    await again.reach("c1", "RUNNING");
    await again.finish("a1");
    await again.reach("a2", "RUNNING");
  });

  test("the limits are those that the flow and the configuration have now", async () => {
    const first = await world([flow("concurrency: {limit: 1}")]);
    for (const name of ["a", "b", "c"]) {
      await first.start(name);
      first.clock.pass(1);
    }
    await first.runtime.flows.save(TENANT, flow("concurrency: {limit: 2}"), { mode: "apply" });
    await first.reach("b", "RUNNING");
    const flowControl = {
      concurrency: [{ namespace: NAMESPACE, limit: 2, behavior: "QUEUE" as const }],
      quotas: [],
      tasks: [],
    };
    const again = await first.restarted({ flowControl });
    expect(await again.states("a", "b", "c")).toEqual(["RUNNING", "RUNNING", "QUEUED"]);
    await again.runtime.flows.save(TENANT, flow(""), { mode: "apply" });
    await again.finish("a");
    await again.reach("c", "RUNNING");
  });
});

test("a limit that a flow gets while executions run counts them", async () => {
  const { start, states, runtime, finish, reach } = await world([flow("")]);
  await start("a");
  await runtime.flows.save(TENANT, flow("concurrency: {limit: 1}"), { mode: "apply" });
  await start("b");
  expect(await states("a", "b")).toEqual(["RUNNING", "QUEUED"]);
  await finish("a");
  await reach("b", "RUNNING");
});

test("one that a person lets run counts like the others", async () => {
  const { start, states, executions, names, finish, reach } = await world([flow("concurrency: {limit: 1}")]);
  await start("a");
  await start("b");
  await start("c");
  await executions.forceRun(TENANT, names.get("b")!);
  await finish("a");
  expect(await states("b", "c")).toEqual(["RUNNING", "QUEUED"]);
  await finish("b");
  await reach("c", "RUNNING");
});
