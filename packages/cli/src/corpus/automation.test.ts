import { describe, expect, test } from "vitest";
import { corpusWorld, hasCorpus, historyOf, type Row } from "../testing/flow-world.ts";

const TRIGGERS = "io.kestra.tests.trigger";

/** Agreements on service levels. */
const ROWS: readonly Row[] = [
  ["sla-max-duration-fail", { state: "FAILED" }],
  ["sla-max-duration-ok", { state: "SUCCESS" }],
  ["sla-execution-condition", { state: "SUCCESS" }],
  ["sla-execution-condition", { inputs: { string: "CANCEL" }, state: "CANCELLED" }],
  [
    "sla-execution-condition",
    {
      inputs: { string: "LABEL" },
      state: "SUCCESS",
      facts: ({ row }) => expect(row.labels).toContainEqual({ key: "sla", value: "violated" }),
    },
  ],
];

const CALL = {
  tenant: "main",
  namespace: "io.kestra.tests",
  body: undefined,
  headers: {},
  parameters: {},
};

describe.skipIf(!hasCorpus)("limits and triggers that others wrote", () => {
  const world = corpusWorld();

  test.concurrent.for(ROWS)("%s ends as %j", async ([flow, expected]) => {
    await world().meets(flow, expected);
  });

  test.concurrent.for([
    ["flow-concurrency-cancel", ["CREATED", "CANCELLED"]],
    ["flow-concurrency-fail", ["CREATED", "FAILED"]],
    ["flow-concurrency-queue", ["CREATED", "QUEUED", "RUNNING", "SUCCESS"]],
  ] as const)("the second execution of %s goes through %j", async ([flowId, states]) => {
    const { start, ended } = world();
    const first = await start(flowId);
    const second = await start(flowId);
    expect((await ended(first)).row.state).toBe("SUCCESS");
    const late = await ended(second);
    expect(historyOf(late.row)).toEqual(states);
    if (!states.includes("QUEUED" as never)) expect(late.taskRuns).toEqual([]);
  });

  test("trigger-flow fires those that listen to it", async () => {
    const { start, ended, executionsOf } = world();
    const upstream = await ended(await start("trigger-flow", { namespace: TRIGGERS }));
    expect(upstream.row.state).toBe("SUCCESS");
    expect(upstream.taskRuns).toHaveLength(1);
    const [listener] = await executionsOf("trigger-flow-listener", 1, TRIGGERS);
    expect(listener?.row.state).toBe("SUCCESS");
    expect(listener?.taskRuns.map(({ outputs }) => outputs)).toEqual([
      { value: `childs: from parents: ${upstream.row.id}` },
    ]);
    expect(listener?.row.trigger?.variables).toMatchObject({
      executionId: upstream.row.id,
      namespace: TRIGGERS,
      flowId: "trigger-flow",
    });
    const [other] = await executionsOf("trigger-flow-listener-no-inputs", 1, TRIGGERS);
    expect(other?.row.state).toBe("SUCCESS");
    expect(other?.taskRuns).toHaveLength(1);
  });

  test.each([
    ["trigger-multiplecondition-flow-a", "SUCCESS"],
    ["trigger-multiplecondition-flow-c", "FAILED"],
  ])("%s ends %s with one task run", async (flowId, state) => {
    const { start, ended } = world();
    const { row, taskRuns } = await ended(await start(flowId, { namespace: TRIGGERS }));
    expect(row.state).toBe(state);
    expect(taskRuns).toHaveLength(1);
  });

  test("trigger-toggle switches its trigger on", async () => {
    const { runtime, start, ended } = world();
    const key = { tenant: "main", namespace: TRIGGERS, flowId: "trigger-toggle", triggerId: "schedule" };
    await runtime.triggers.setDisabled(key, true);
    const { row, taskRuns } = await ended(await start("trigger-toggle", { namespace: TRIGGERS }));
    expect(row.state).toBe("SUCCESS");
    expect(taskRuns).toHaveLength(1);
    const { rows } = await runtime.triggers.search({ tenant: "main", namespace: TRIGGERS }, { offset: 0, limit: 100 });
    expect(rows.find(({ triggerId }) => triggerId === "schedule")).toMatchObject({ disabled: false });
  });

  test("webhook-dynamic-key is called by the key that its expression gives", async () => {
    const call = { ...CALL, flowId: "webhook-dynamic-key" };
    const { row } = await world().runtime.triggers.webhook({ ...call, key: "webhook-dynamic-key" });
    expect((await world().ended(row.id)).row.state).toBe("SUCCESS");
    await expect(world().runtime.triggers.webhook({ ...call, key: "other" })).rejects.toMatchObject({ status: 404 });
  });

  test("webhook-with-condition starts only what its condition lets through", async () => {
    const call = { ...CALL, flowId: "webhook-with-condition", key: "webhookKey" };
    const { row } = await world().runtime.triggers.webhook({ ...call, body: () => ({ body: `{"hello":"world"}` }) });
    expect((await world().ended(row.id)).row.state).toBe("SUCCESS");
    const refused = world().runtime.triggers.webhook({ ...call, body: () => ({ body: `{"hello":"webhook"}` }) });
    await expect(refused).rejects.toMatchObject({ code: "webhook-conditions" });
  });
});
