import type { JsonMap } from "@capstan/model";
import { expect, test } from "vitest";
import { mayFire } from "./flow-trigger-sources.ts";

const OWN = { namespace: "company.own", id: "mine" };
const FLOWS = [
  { namespace: "company", id: "a" },
  { namespace: "company", id: "b" },
  { namespace: "company.team", id: "a" },
];

/** The flows that a trigger may be started by. */
function sourcesOf(conditions: readonly JsonMap[], properties: JsonMap = {}): string {
  const trigger = {
    properties,
    conditions: conditions.map(({ type, ...own }) => ({
      type: `io.kestra.plugin.core.condition.${String(type)}`,
      properties: own,
    })),
  };
  return FLOWS.filter((flow) => mayFire(trigger, flow, OWN))
    .map(({ namespace, id }) => `${namespace}.${id}`)
    .join(" ");
}

const ALL = "company.a company.b company.team.a";
const flow = (flowId: string, namespace = "company") => ({ type: "ExecutionFlow", namespace, flowId });

test.each<readonly [string, readonly JsonMap[], string]>([
  ["nothing", [], ALL],
  ["a state alone", [{ type: "ExecutionStatus", in: ["SUCCESS"] }], ALL],
  ["a flow", [flow("a")], "company.a"],
  ["a flow by its older name", [{ ...flow("a"), type: "ExecutionFlowCondition" }], "company.a"],
  ["a flow and a state", [flow("a"), { type: "ExecutionStatus", in: ["SUCCESS"] }], "company.a"],
  ["two flows at once", [flow("a"), flow("b")], ""],
  ["one of two flows", [{ type: "Or", conditions: [flow("a"), flow("b")] }], "company.a company.b"],
  ["another flow", [{ type: "Not", conditions: [flow("a")] }], "company.b company.team.a"],
  ["a namespace", [{ type: "ExecutionNamespace", namespace: "company" }], "company.a company.b"],
  ["a namespace and those below", [{ type: "ExecutionNamespace", namespace: "company", prefix: true }], ALL],
  [
    "the end of a namespace",
    [{ type: "ExecutionNamespace", namespace: "team", comparison: "SUFFIX" }],
    "company.team.a",
  ],
  ["a namespace that is rendered", [{ type: "ExecutionNamespace", namespace: "{{ flow.namespace }}" }], ALL],
  ["another flow than its own", [{ type: "FlowCondition", namespace: "company.own", flowId: "other" }], ""],
  [
    "several flows in a window of time",
    [
      {
        type: "MultipleCondition",
        id: "m",
        conditions: { x: flow("a"), y: flow("z"), s: { type: "ExecutionStatus", in: ["SUCCESS"] } },
      },
    ],
    "company.a",
  ],
])("a trigger that asks for %s", (_what, conditions, expected) => {
  expect(sourcesOf(conditions)).toBe(expected);
});

const where = (type: string, value: string, more: JsonMap = {}) => ({
  preconditions: { id: "p", where: [{ id: "w", filters: [{ field: "FLOW_ID", type, value }], ...more }] },
});

test.each<readonly [JsonMap, string]>([
  [{ preconditions: { id: "p", flows: [{ namespace: "company", flowId: "a" }, { namespace: "x" }] } }, "company.a"],
  [
    {
      preconditions: {
        id: "p",
        flows: [{ namespace: "company" }],
        where: [{ id: "w", filters: [{ field: "EXPRESSION", type: "IS_NOT_NULL", value: "x" }] }],
      },
    },
    "company.a company.b",
  ],
  [where("EQUAL_TO", "a"), "company.a company.team.a"],
  [where("NOT_EQUAL_TO", "a"), "company.b"],
  [{ dependsOn: [{ flowId: "b", states: ["FAILED"] }] }, "company.b"],
])("a trigger with %j is one for those flows", (properties, expected) => {
  expect(sourcesOf([], properties)).toBe(expected);
});
