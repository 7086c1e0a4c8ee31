import { createMemoryStore, type Store } from "@capstan/store";
import { describe, expect, test } from "vitest";
import type { Clock } from "../clock.ts";
import { stoppedClock } from "../executor/test-kit/stopped-clock.ts";
import { NAMESPACE, runtimeByHand, TENANT, until } from "../executor/test-kit/runtime-by-hand.ts";
import { createEvaluations, WAITING_MAX, WRITE_AFTER_MS, WRITTEN_MAX } from "./evaluations.ts";
import { pino } from "pino";

const TASKS = "tasks: [{ id: t, type: test.InlineEcho, value: v }]";
const flow = (id: string, rest = "") => `id: ${id}\nnamespace: ${NAMESPACE}\n${TASKS}\n${rest}`;
const key = (flowId: string, triggerId = "t") => ({ tenant: TENANT, namespace: NAMESPACE, flowId, triggerId });
const trigger = (type: string, rest = "") =>
  `triggers:\n  - id: t\n    type: io.kestra.plugin.core.trigger.${type}\n${rest}`;

async function setup(flows: readonly string[], options: { clock?: Clock; store?: Store } = {}) {
  const { store = createMemoryStore(), ...rest } = options;
  const world = await runtimeByHand(store, flows, rest);
  const { triggers } = world.runtime;
  return {
    ...world,
    store,
    triggers,
    explain: (flowId: string, executionId?: string) => triggers.explain(key(flowId), executionId),
    /** Once the scheduler has read the schedule. */
    scheduled: (flowId: string) =>
      until(async () => {
        const explanation = await triggers.explain(key(flowId));
        return explanation.row?.memory?.["schedule"] === undefined ? undefined : explanation;
      }),
    run: async (flowId: string) => world.ended((await world.create(flowId)).id),
    call: (body: string, headers: Record<string, string[]> = {}) =>
      triggers.webhook({ ...key("hook"), key: "k", body: () => ({ body }), headers, parameters: {} }),
    evaluated: (flowId: string) => until(async () => (await triggers.explain(key(flowId))).evaluation),
  };
}

describe("a webhook whose conditions refuse a call", () => {
  const HOOK = trigger(
    "Webhook",
    `    key: k
    when: "{{ trigger.body.go == true and trigger.headers.token[0] == vars.token }}"`,
  );

  test("says which, with what it read, and never a header", async () => {
    const { call, explain } = await setup([flow("hook", `variables: { token: x }\n${HOOK}`)]);
    await expect(call('{"go":false}', { token: ["hunter2"] })).rejects.toMatchObject({ status: 409 });
    const { evaluation, findings } = await explain("hook");
    expect(evaluation).toMatchObject({
      outcome: "not-met",
      text: "its `when` does not hold",
      unmet: {
        condition: "when",
        values: { "trigger.body.go": "false", "trigger.headers.token.0": "******", "vars.token": '"x"' },
      },
    });
    expect(JSON.stringify(evaluation)).not.toContain("hunter2");
    expect(findings).toEqual([{ code: "called", text: "it fires when it is called with its key", blocks: false }]);
  });

  test("says so once the process is another one", async () => {
    const store = createMemoryStore();
    const first = await setup([flow("hook", `variables: { token: x }\n${HOOK}`)], { store });
    await expect(first.call("{}")).rejects.toMatchObject({ status: 409 });
    await first.runtime.stop();
    const second = await setup([], { store: createMemoryStore({ from: store.snapshot() }) });
    expect((await second.explain("hook")).evaluation?.outcome).toBe("failed");
  });

  test("says why an execution could not be created", async () => {
    const hook = `inputs: [{ id: n, type: INT }]\n${trigger("Webhook", "    key: k")}`;
    const { call, explain } = await setup([flow("hook", hook)]);
    await expect(call('{"n":"many"}')).rejects.toMatchObject({ status: 422 });
    expect((await explain("hook")).evaluation).toMatchObject({
      outcome: "refused",
      text: expect.stringContaining("n"),
    });
  });
});

describe("a flow trigger", () => {
  const after = (more: string) => flow("down", trigger("Flow", more));

  test("says which condition kept it from firing, and what it looked at", async () => {
    const { run, evaluated } = await setup([
      flow("up"),
      after("    conditions: [{ type: io.kestra.plugin.core.condition.ExecutionStatus, in: [FAILED] }]"),
    ]);
    const { row } = await run("up");
    const evaluation = await evaluated("down");
    expect(evaluation).toMatchObject({
      outcome: "not-met",
      text: "the condition ExecutionStatus does not hold",
      executionId: row.id,
      unmet: { properties: { in: '["FAILED"]' }, actual: { flow: `${NAMESPACE}.up`, state: "SUCCESS" } },
    });
  });

  test("says why a condition can't be evaluated", async () => {
    const { run, evaluated } = await setup([flow("up"), after('    when: "{{ outputs.absent }}"')]);
    await run("up");
    expect(await evaluated("down")).toMatchObject({ outcome: "failed", text: expect.stringContaining("absent") });
  });

  test("hides a secret of the execution in an error", async () => {
    const { run, evaluated } = await setup([
      flow("up", "inputs: [{ id: key, type: SECRET, defaults: hunter2 }]"),
      after(`    when: "{{ inputs.key | number('INT') > 1 }}"`),
    ]);
    await run("up");
    const evaluation = await evaluated("down");
    expect(evaluation).toMatchObject({ outcome: "failed", text: expect.stringContaining("******") });
    expect(JSON.stringify(evaluation)).not.toContain("hunter2");
  });

  test("says what of its preconditions has happened, and what is missing", async () => {
    const flows = ["one", "two"].map((id) => `{ namespace: ${NAMESPACE}, flowId: ${id} }`).join(", ");
    const both = after(`    preconditions: { id: both, flows: [${flows}] }`);
    const { run, explain, evaluated } = await setup([flow("one"), flow("two"), both]);
    const { row } = await run("one");
    expect(await evaluated("down")).toMatchObject({ text: "it still waits for both/flow:1" });
    expect((await explain("down")).gathered).toEqual([
      { name: "both/flow:0", at: expect.any(Number), executionId: row.id },
      { name: "both/flow:1" },
    ]);
  });

  test("says what it would make of an execution, without firing", async () => {
    const { run, explain, store } = await setup([
      flow("up"),
      flow("other"),
      after(
        `    conditions: [{ type: io.kestra.plugin.core.condition.ExecutionFlow, namespace: ${NAMESPACE}, flowId: up }]`,
      ),
    ]);
    const [up, other] = [await run("up"), await run("other")];
    await until(async () => ((await store.messages.all()).length === 0 ? true : undefined));
    const before = await store.executions.search({ tenant: TENANT }, { offset: 0, limit: 100 });
    expect((await explain("down", up.row.id)).asked).toEqual({ fires: true });
    expect((await explain("down", other.row.id)).asked).toMatchObject({
      fires: false,
      evaluation: { unmet: { condition: "ExecutionFlow", actual: { flow: `${NAMESPACE}.other` } } },
    });
    const own = before.rows.find(({ flowId }) => flowId === "down");
    expect((await explain("down", own!.id)).asked?.evaluation?.text).toContain("the flow that the trigger belongs to");
    await expect(explain("down", "absent")).rejects.toMatchObject({ status: 404 });
    expect((await store.executions.search({ tenant: TENANT }, { offset: 0, limit: 100 })).total).toBe(before.total);
  });
});

describe("a schedule", () => {
  // A Friday.
  const NOON = Date.UTC(2026, 0, 2, 12);
  const DAILY = trigger(
    "Schedule",
    `    cron: "0 9 * * *"
    timezone: UTC
    conditions: [{ type: io.kestra.plugin.core.condition.DayWeek, dayOfWeek: MONDAY }]`,
  );

  test("says of its last and its next date what the conditions say", async () => {
    const { scheduled } = await setup([flow("f", DAILY)], { clock: stoppedClock(NOON) });
    const { dates, findings } = await scheduled("f");
    expect(dates?.map(({ date, holds }) => [new Date(date).toISOString(), holds])).toEqual([
      ["2026-01-02T09:00:00.000Z", false],
      ["2026-01-03T09:00:00.000Z", false],
    ]);
    expect(dates?.[0]?.unmet).toMatchObject({
      condition: "DayWeek",
      properties: { dayOfWeek: "MONDAY" },
      actual: { date: expect.stringContaining("2026-01-02T09:00:00"), day: "FRIDAY" },
    });
    expect(findings).toMatchObject([{ code: "date", until: Date.UTC(2026, 0, 5, 9) }]);
  });

  test.each([
    ["its flow is disabled", flow("f", `disabled: true\n${DAILY}`), "flow-disabled"],
    ["it is disabled", flow("f", `${DAILY}\n    disabled: true`), "trigger-disabled"],
  ])("says that %s", async (_what, source, code) => {
    const { explain } = await setup([source], { clock: stoppedClock(NOON) });
    const { findings } = await explain("f");
    expect(findings.filter(({ blocks }) => blocks)).toMatchObject([{ code }]);
  });

  test("says that it has no date left", async () => {
    const source = flow("f", trigger("ScheduleOnDates", "    dates: ['2020-01-01T00:00:00Z']"));
    const { scheduled } = await setup([source], { clock: stoppedClock(NOON) });
    expect((await scheduled("f")).findings).toMatchObject([{ code: "no-date-left", blocks: true }]);
  });

  test("says that somebody switched it off", async () => {
    const { explain, triggers } = await setup([flow("f", DAILY)], { clock: stoppedClock(NOON) });
    await triggers.setDisabled(key("f"), true);
    expect((await explain("f")).findings[0]).toMatchObject({ code: "switched-off", blocks: true });
  });

  test("names the execution that locks it", async () => {
    const clock = stoppedClock(NOON);
    const hanging = `id: f\nnamespace: ${NAMESPACE}\ntasks: [{ id: slow, type: test.Echo, value: v }]`;
    const schedule = trigger("Schedule", `    cron: "0 13 * * *"\n    timezone: UTC`);
    const { explain, scheduled } = await setup([`${hanging}\n${schedule}`], { clock });
    await scheduled("f");
    clock.pass(3_600_000);
    const { findings, last } = await until(async () => {
      const explanation = await explain("f");
      return explanation.row?.executionId !== undefined && explanation.last !== undefined ? explanation : undefined;
    });
    expect(findings[0]).toMatchObject({ code: "locked", blocks: true, executionId: last?.id });
  });
});

test("there is nothing to explain of a trigger, or a flow, that there is not", async () => {
  const { triggers } = await setup([flow("f")]);
  await expect(triggers.explain(key("f"))).rejects.toMatchObject({ status: 404 });
  await expect(triggers.explain(key("absent"))).rejects.toMatchObject({ status: 404 });
});

describe("evaluations", () => {
  async function world() {
    const store = createMemoryStore({ whenPending: (flush) => flush() });
    await store.start();
    const units: number[] = [];
    const commit: Store["commit"] = async (unit) => {
      units.push(unit.documents?.length ?? 0);
      return store.commit(unit);
    };
    const clock = stoppedClock(1_000);
    const evaluations = createEvaluations({ store: { ...store, commit }, clock, logger: pino({ level: "silent" }) });
    const note = (triggerId: string, text = "no") =>
      evaluations.note(key("f", triggerId), { at: clock.now(), outcome: "not-met", text });
    return { store, clock, evaluations, note, units };
  }

  test("of one trigger take the place of each other, and are written together", async () => {
    const { clock, evaluations, note, units } = await world();
    note("a", "first");
    note("a", "second");
    note("b");
    expect(units).toEqual([]);
    clock.pass(WRITE_AFTER_MS);
    expect(units).toEqual([2]);
    expect((await evaluations.latest(key("f", "a")))?.text).toBe("second");
  });

  test("are written by so many at most, the rest later", async () => {
    const { clock, note, units } = await world();
    for (let index = 0; index <= WRITTEN_MAX; index += 1) note(`t${index}`);
    clock.pass(WRITE_AFTER_MS);
    expect(units).toEqual([WRITTEN_MAX]);
    await new Promise((resolve) => setImmediate(resolve));
    clock.pass(WRITE_AFTER_MS);
    expect(units).toEqual([WRITTEN_MAX, 1]);
  });

  test("of no more triggers than may wait are noted", async () => {
    const { evaluations, note } = await world();
    for (let index = 0; index <= WAITING_MAX; index += 1) note(`t${index}`);
    note("t0", "again");
    expect((await evaluations.latest(key("f", "t0")))?.text).toBe("again");
    expect(await evaluations.latest(key("f", `t${WAITING_MAX}`))).toBeUndefined();
  });

  test("are written when the process stops, and forgotten with their triggers", async () => {
    const { store, evaluations, note, units } = await world();
    const base = { ...key("f"), id: "f", source: "", deleted: false, disabled: false, labels: {}, updatedAt: 0 };
    const triggers = [{ id: "a", type: "x" }];
    const flows = [1, 2].map((revision) => ({ ...base, revision, triggers: revision === 1 ? triggers : [] }));
    await store.commit({ flows });
    note("a");
    await evaluations.stop();
    expect(units).toEqual([1]);
    expect(await evaluations.latest(key("f", "a"))).toBeDefined();
    await evaluations.flowChanged(flows[1]!);
    expect(await evaluations.latest(key("f", "a"))).toBeUndefined();
  });
});
