import { scopeOf } from "@capstan/expression";
import type { Condition, JsonMap, Trigger } from "@capstan/model";
import { describe, expect, it } from "vitest";
import type { UpstreamExecution } from "../conditions/condition.ts";
import { flowTriggerOutcome } from "./flow-trigger.ts";

const CONDITION = "io.kestra.plugin.core.condition.";
const own = { namespace: "company", id: "downstream" };
const start = Temporal.Instant.from("2024-01-02T10:00:00Z").epochMilliseconds;
const HOUR = 3_600_000;

function trigger(properties: JsonMap = {}, conditions: readonly Condition[] = []): Trigger {
  return {
    id: "t",
    type: "io.kestra.plugin.core.trigger.Flow",
    writtenType: "Flow",
    known: true,
    disabled: false,
    conditions,
    labels: {},
    stopAfter: [],
    failOnTriggerError: false,
    allowConcurrent: false,
    properties,
  };
}

const upstream: UpstreamExecution = {
  id: "e1",
  namespace: "company",
  flowId: "a",
  flowRevision: 2,
  state: "SUCCESS",
  labels: [
    { key: "env", value: "prod" },
    { key: "team.name", value: "data" },
    { key: "system.correlationId", value: "c1" },
  ],
  createdAt: start - HOUR,
  outputs: { rows: 1 },
};

/** Shows the trigger one change after the other, hourly unless a time is given; answers which of them fired. */
function show(flowTrigger: Trigger, changes: readonly (Partial<UpstreamExecution> & { at?: number })[]) {
  let memory: JsonMap = {};
  const fired: (JsonMap | undefined)[] = [];
  for (const [index, { at = start + index * HOUR, ...change }] of changes.entries()) {
    const execution = { ...upstream, id: `e${index + 1}`, ...change };
    const environment = { now: () => at, random: () => 0.5, timeZone: "UTC" };
    const scope = scopeOf({ labels: { env: "prod" }, outputs: { load: { value: "x" } } });
    const outcome = flowTriggerOutcome(flowTrigger, own, { execution, scope, environment, now: at }, memory);
    if (outcome.failure !== undefined) throw new Error(outcome.failure);
    memory = JSON.parse(JSON.stringify(outcome.memory ?? memory)) as JsonMap;
    fired.push(outcome.fire);
  }
  return { fired: fired.map((fire) => fire !== undefined), last: fired.at(-1), memory };
}

describe("a Flow trigger", () => {
  it("fires on every end of every other flow, with the facts of the execution", () => {
    expect(show(trigger(), [{}]).last).toEqual({
      executionId: "e1",
      namespace: "company",
      flowId: "a",
      flowRevision: 2,
      state: "SUCCESS",
      startDate: "2024-01-02T09:00:00.000Z",
      endDate: "2024-01-02T10:00:00.000Z",
      executionLabels: { env: "prod", team: { name: "data" } },
      outputs: { rows: 1 },
    });
    expect(show(trigger(), [{ state: "PAUSED" }]).last).toMatchObject({ state: "PAUSED", endDate: null });
  });

  it("never fires on its own flow", () => {
    expect(show(trigger(), [{ flowId: "downstream" }]).fired).toEqual([false]);
    expect(show(trigger(), [{ flowId: "downstream", namespace: "other" }]).fired).toEqual([true]);
  });

  it("looks at terminal states and pauses unless states are named", () => {
    const states = ["CREATED", "RUNNING", "PAUSED", "KILLING", "SUCCESS", "FAILED", "WARNING", "CANCELLED"] as const;
    expect(
      show(
        trigger(),
        states.map((state) => ({ state })),
      ).fired,
    ).toEqual([false, false, true, false, true, true, true, true]);
    expect(
      show(
        trigger({ states: ["RUNNING"] }),
        states.map((state) => ({ state })),
      ).fired.filter(Boolean),
    ).toHaveLength(1);
  });

  it("asks its conditions, which see the upstream execution", () => {
    const conditions = [
      { type: `${CONDITION}ExecutionFlow`, properties: { namespace: "company", flowId: "a" } },
      {
        type: `${CONDITION}Expression`,
        properties: { expression: "{{ outputs.load.value == 'x' and trigger.outputs.rows > 0 }}" },
      },
    ];
    expect(show(trigger({}, conditions), [{}, { flowId: "b" }]).fired).toEqual([true, false]);
  });

  it("tells why it can't decide", () => {
    const broken = trigger({}, [{ type: `${CONDITION}Expression`, properties: { expression: "{{ nothing }}" } }]);
    const environment = { now: () => 0, random: () => 0.5, timeZone: "UTC" };
    const change = { execution: upstream, scope: scopeOf({}), environment, now: 0 };
    expect(flowTriggerOutcome(broken, own, change).failure).toMatch(/Unable to find `nothing`/u);
  });
});

describe("preconditions on flows", () => {
  const both = (more: JsonMap = {}): Trigger =>
    trigger({
      preconditions: {
        id: "p",
        flows: [
          { namespace: "company", flowId: "a", states: ["SUCCESS"] },
          { namespace: "company", flowId: "b" },
        ],
        ...more,
      },
    });
  const a = { flowId: "a", outputs: { from: "a", a: 1 } };
  const b = { flowId: "b", outputs: { from: "b", b: 2 } };

  it("fire when all entries were met, with the outputs of all", () => {
    const { fired, last, memory } = show(both(), [a, { flowId: "c" }, b]);
    expect(fired).toEqual([false, false, true]);
    expect(last?.["outputs"]).toEqual({ from: "b", a: 1, b: 2 });
    expect(memory).toEqual({});
  });

  it("begin anew after firing", () => {
    expect(show(both(), [a, b, b, a]).fired).toEqual([false, true, false, true]);
  });

  it("fire again on each further match when they are not reset", () => {
    expect(show(both({ resetOnSuccess: false }), [a, b, { flowId: "c" }, b]).fired).toEqual([false, true, false, true]);
  });

  it("look at states and labels of each entry", () => {
    expect(show(both(), [{ ...a, state: "FAILED" }, b]).fired).toEqual([false, false]);
    const labelled = both({ flows: [{ namespace: "company", labels: { env: "prod" } }] });
    expect(show(labelled, [{}, { labels: [] }]).fired).toEqual([true, false]);
  });

  it("forget what happened in an earlier window", () => {
    expect(show(both(), [a, { ...b, at: start + 24 * HOUR }]).fired).toEqual([false, false]);
    const sliding = both({ timeWindow: { type: "SLIDING_WINDOW", window: "PT1H" } });
    expect(show(sliding, [a, { ...b, at: start + HOUR }]).fired).toEqual([false, true]);
    expect(show(sliding, [a, { ...b, at: start + HOUR + 1 }]).fired).toEqual([false, false]);
  });

  it("count nothing out of a daily window", () => {
    const morning = both({ timeWindow: { type: "DAILY_TIME_WINDOW", startTime: "06:00:00", endTime: "11:00:00" } });
    expect(show(morning, [a, b]).fired).toEqual([false, true]);
    expect(show(morning, [a, { ...b, at: start + 2 * HOUR }]).fired).toEqual([false, false]);
    const deadline = both({ timeWindow: { type: "DAILY_TIME_DEADLINE", deadline: "09:00:00" } });
    expect(show(deadline, [a, b]).fired).toEqual([false, false]);
  });
});

describe("preconditions with filters", () => {
  const where = (operand: string, ...filters: readonly JsonMap[]): Trigger =>
    trigger({ preconditions: { id: "p", where: [{ id: "w", operand, filters }] } });

  it.each<[JsonMap, boolean]>([
    [{ field: "FLOW_ID", type: "EQUAL_TO", value: "a" }, true],
    [{ field: "FLOW_ID", type: "NOT_EQUAL_TO", value: "a" }, false],
    [{ field: "FLOW_ID", type: "IN", values: ["a", "b"] }, true],
    [{ field: "FLOW_ID", type: "NOT_IN", values: ["a", "b"] }, false],
    [{ field: "NAMESPACE", type: "STARTS_WITH", value: "comp" }, true],
    [{ field: "NAMESPACE", type: "ENDS_WITH", value: "comp" }, false],
    [{ field: "NAMESPACE", type: "REGEX", value: "c.*y" }, true],
    [{ field: "NAMESPACE", type: "REGEX", value: "(?i)C[a-z&&[^x]]++" }, true],
    [{ field: "NAMESPACE", type: "REGEX", value: "omp" }, false],
    [{ field: "NAMESPACE", type: "CONTAINS", value: "omp" }, true],
    [{ field: "STATE", type: "EQUAL_TO", value: "SUCCESS" }, true],
    [{ field: "EXPRESSION", type: "IS_TRUE", value: "{{ labels.env == 'prod' }}" }, true],
    [{ field: "EXPRESSION", type: "IS_FALSE", value: "{{ labels.env == 'prod' }}" }, false],
    [{ field: "EXPRESSION", type: "IS_NULL", value: "{{ labels.missing }}" }, true],
    [{ field: "EXPRESSION", type: "IS_NOT_NULL", value: "{{ labels.env }}" }, true],
    [{ field: "EXPRESSION", type: "IN", value: "{{ labels.env }}", values: ["prod"] }, true],
  ])("%j: %s", (filter, expected) => {
    expect(show(where("AND", filter), [{}]).fired).toEqual([expected]);
  });

  it("combine filters by AND and OR", () => {
    const yes = { field: "FLOW_ID", type: "EQUAL_TO", value: "a" };
    const no = { field: "FLOW_ID", type: "EQUAL_TO", value: "b" };
    expect(show(where("AND", yes, no), [{}]).fired).toEqual([false]);
    expect(show(where("OR", no, yes), [{}]).fired).toEqual([true]);
  });
});

describe("conditions over time", () => {
  const flowIs = (flowId: string) => ({ type: `${CONDITION}ExecutionFlow`, namespace: "company", flowId });
  const multiple = (properties: JsonMap = {}): Condition => ({
    type: "io.kestra.core.models.conditions.types.MultipleCondition",
    properties: { id: "m", conditions: { first: flowIs("a"), second: flowIs("b") }, ...properties },
  });
  const succeeded = { type: `${CONDITION}ExecutionStatus`, properties: { in: ["SUCCESS"] } };

  it("fire when all of them were met in one window", () => {
    expect(show(trigger({}, [multiple()]), [{ flowId: "b" }, { flowId: "c" }, { flowId: "a" }]).fired).toEqual([
      false,
      false,
      true,
    ]);
    expect(show(trigger({}, [multiple({ window: "PT1H" })]), [{ flowId: "a" }, { flowId: "b" }]).fired).toEqual([
      false,
      false,
    ]);
  });

  it("count only executions that the other conditions let through", () => {
    const changes = [{ flowId: "a", state: "FAILED" as const }, { flowId: "b" }, { flowId: "a" }];
    expect(show(trigger({}, [multiple(), succeeded]), changes).fired).toEqual([false, false, true]);
  });

  it("all see an execution, whichever of them is complete", () => {
    const other = multiple({ id: "n", conditions: { only: flowIs("a") } });
    expect(show(trigger({}, [multiple(), other]), [{ flowId: "a" }, { flowId: "b" }]).fired).toEqual([false, false]);
    expect(
      show(trigger({}, [other, multiple({ resetOnSuccess: false })]), [{ flowId: "b" }, { flowId: "a" }]).fired,
    ).toEqual([false, true]);
  });
});

describe("the 2.0 spelling", () => {
  const flows = [
    { namespace: "company", flowId: "a" },
    { namespace: "company", flowId: "b" },
    { namespace: "company", flowId: "c", when: "{{ trigger.outputs.rows > 5 }}" },
  ];
  it.each<[JsonMap, readonly boolean[]]>([
    [{}, [false, false, false, true]],
    [{ mode: "ANY" }, [true, true, false, true]],
    [{ mode: "AT_LEAST", minSatisfied: 2 }, [false, true, false, false]],
  ])("%j", (properties, expected) => {
    const changes = [{ flowId: "a" }, { flowId: "b" }, { flowId: "c" }, { flowId: "c", outputs: { rows: 6 } }];
    expect(show(trigger({ dependsOn: flows, ...properties }), changes).fired).toEqual(expected);
  });

  it("may depend on any flow of any namespace, and looks at the execution by its own names", () => {
    const when =
      "{{ namespace | startsWith('comp') and flowId == 'a' and state == 'SUCCESS' and labels.env == 'prod' and outputs.rows > 0 and not hasRetryAttempt }}";
    const attempts = () => [["FAILED", "SUCCESS"]] as const;
    for (const flowTrigger of [trigger({ dependsOn: [{ when }] }), { ...trigger(), when }])
      expect(
        show(flowTrigger, [{}, { namespace: "other" }, { flowId: "b" }, { outputs: { rows: 0 } }, { attempts }]).fired,
      ).toEqual([true, false, false, false, false]);
  });

  it("shows the outputs of each flow by its id, and all together", () => {
    const two = [
      { namespace: "company", flowId: "a" },
      { namespace: "company", flowId: "b" },
    ];
    const { last } = show(trigger({ dependsOn: two }), [
      { flowId: "a", outputs: { rows: 1, only: "a" } },
      { flowId: "b", outputs: { rows: 2 } },
    ]);
    expect(last?.["outputs"]).toEqual({ rows: 2, only: "a", a: { rows: 1, only: "a" }, b: { rows: 2 } });
  });

  const at = (time: string) => Temporal.Instant.from(`2024-01-02T${time}Z`).epochMilliseconds;
  it.each<[JsonMap, string, string, boolean]>([
    [{ deadline: "09:00:00" }, "07:00:00", "08:59:00", true],
    [{ deadline: "09:00:00" }, "08:00:00", "09:30:00", false],
    [{ deadline: "09:00:00", timezone: "Europe/Paris" }, "07:00:00", "08:30:00", false],
    [{ from: "06:00", to: "09:00" }, "05:00:00", "08:00:00", false],
    [{ every: "PT6H", offset: "PT1H" }, "06:30:00", "07:30:00", false],
    [{ every: "PT6H", offset: "PT1H" }, "07:30:00", "12:30:00", true],
    [{ lookback: "PT1H" }, "07:00:00", "07:59:00", true],
    [{ lookback: "PT1H" }, "07:00:00", "08:01:00", false],
  ])("counts as together what happens in %j: %s and %s", (window, first, second, fires) => {
    const both = trigger({ dependsOn: flows.slice(0, 2), window });
    const changes = [
      { flowId: "a", at: at(first) },
      { flowId: "b", at: at(second) },
    ];
    expect(show(both, changes).fired).toEqual([false, fires]);
  });

  it("begins anew after it has started, unless the window says otherwise", () => {
    const changes = [{ flowId: "a" }, { flowId: "b" }, { flowId: "b" }];
    const firing = (window: JsonMap) => show(trigger({ dependsOn: flows.slice(0, 2), window }), changes).fired;
    expect(firing({ every: "P1D" })).toEqual([false, true, false]);
    expect(firing({ every: "P1D", fireOnce: false })).toEqual([false, true, true]);
  });
});
