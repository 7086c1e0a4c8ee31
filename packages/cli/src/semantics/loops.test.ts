import { describe, expect, test } from "vitest";
import { type Case, idOf, semantics } from "../testing/semantics.ts";

const log = (id: string) => `{id: ${id}, type: core.log.Log, message: x}`;
const value = (id: string, format: string) => `{id: ${id}, type: core.debug.Return, format: "${format}"}`;

const CASES: readonly Case[] = [
  [
    "a boolean or nothing among the values of a loop is a mistake",
    `tasks: [{id: e, type: core.flow.ForEach, values: [true, 1], tasks: [${log("x")}]}]`,
    "FAILED: e FAILED",
  ],
  [
    "null among the values of a loop is a mistake",
    `tasks: [{id: e, type: core.flow.ForEach, values: '[1, null, {"a": [2]}]', tasks: [${log("x")}]}]`,
    "FAILED: e FAILED",
  ],
  [
    "objects become JSON text, and doubles are left out",
    `tasks: [{id: e, type: core.flow.ForEach, values: '[{"a": 1}, {"a": 1}, "b"]', tasks: [${value("v", "{{ taskrun.value }}")}]}]`,
    `SUCCESS: e SUCCESS, v@{"a":1} SUCCESS, v@b SUCCESS`,
    { "v@b": "b" },
  ],
  [
    "a task that may fail does not end its iteration",
    `tasks:
  - id: e
    type: core.flow.ForEach
    values: ["x", "y"]
    tasks: [{id: f, type: core.execution.Fail, allowFailure: true}, ${value("v", "{{ tasks.f[taskrun.value].state }}")}]
  - ${value("all", "{{ outputs.v | values | jq('.[].value') }}")}`,
    "WARNING: e WARNING, f@x WARNING, v@x SUCCESS, f@y WARNING, v@y SUCCESS, all SUCCESS",
    { all: `["WARNING","WARNING"]` },
  ],
  [
    "the value of a loop belongs to its direct children",
    `tasks:
  - id: e
    type: core.flow.ForEach
    values: ["x", "y"]
    tasks:
      - ${value("r", "{{ taskrun.value }}-{{ taskrun.iteration }}")}
      - id: i
        type: core.flow.If
        condition: "{{ taskrun.value == 'y' }}"
        then: [${value("t", "{{ outputs.r[parent.taskrun.value].value }} {{ taskrun.value ?? 'none' }}")}]`,
    "SUCCESS: e SUCCESS, r@x SUCCESS, i@x SUCCESS, r@y SUCCESS, i@y SUCCESS, t SUCCESS",
    { t: "y-1 none" },
  ],
  [
    "outputs of nested loops lie below the outer value first",
    `tasks:
  - id: outer
    type: core.flow.ForEach
    values: ["x", "y"]
    tasks:
      - id: inner
        type: core.flow.ForEach
        values: [1]
        tasks: [${value("r", "{{ parent.taskrun.value }}{{ taskrun.value }}")}, ${value("s", "{{ outputs.r[parent.taskrun.value][taskrun.value].value }}")}]
  - ${value("after", "{{ outputs.s['y']['1'].value }}")}`,
    "SUCCESS: outer SUCCESS, inner@x SUCCESS, r@1 SUCCESS, s@1 SUCCESS, inner@y SUCCESS, r@1 SUCCESS, s@1 SUCCESS, after SUCCESS",
    { after: "y1" },
  ],
  [
    "LoopUntil keeps its last round and tells it its number, from one",
    `tasks:
  - id: l
    type: core.flow.LoopUntil
    condition: "{{ outputs.r.value == '3' and outputs.l.iterationCount == 3 }}"
    checkFrequency: {interval: PT0.01S}
    tasks: [${value("r", "{{ outputs.l.iterationCount }}")}]
  - ${value("end", "{{ outputs.l.iterationCount }} {{ outputs.r.value }}")}`,
    "SUCCESS: l SUCCESS, r SUCCESS, end SUCCESS",
    { end: "3 3" },
  ],
  [
    "LoopUntil ends without failure at its limit",
    `tasks:
  - {id: l, type: core.flow.LoopUntil, condition: "false", checkFrequency: {interval: PT0.01S, maxIterations: 3}, tasks: [${log("r")}]}
  - ${value("end", "{{ outputs.l.iterationCount }}")}`,
    "SUCCESS: l SUCCESS, r SUCCESS, end SUCCESS",
    { end: "3" },
  ],
  [
    "LoopUntil fails at once with its children, or with its condition",
    `tasks:
  - {id: l, type: core.flow.LoopUntil, condition: "{{ trigger.none }}", checkFrequency: {interval: PT0.01S}, tasks: [${log("r")}]}`,
    "FAILED: l FAILED, r SUCCESS",
  ],
];

describe("loops", () => {
  const world = semantics(CASES);

  test("what is null among the values of a loop is told as Kestra prints it", async () => {
    const { row } = await world().ended(await world().start(idOf("null among the values of a loop is a mistake")));
    expect(row.error).toContain("Found '1' null values on Each, with values=[1, null, {a=[2]}]");
  });
});
