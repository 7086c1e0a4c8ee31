import { describe, expect, test } from "vitest";
import { type Case, semantics } from "../testing/semantics.ts";

const value = (id: string, format: string) => `{id: ${id}, type: core.debug.Return, format: "${format}"}`;
const INPUTS = `inputs:
  - {id: f, type: FLOAT, defaults: 10}
  - {id: i, type: INT, defaults: 10}
  - {id: deep.f, type: FLOAT, defaults: "4"}
  - {id: list, type: ARRAY, itemType: FLOAT, defaults: "[1, 2.5]"}
`;
const SHOWN =
  "{{ inputs.f }} {{ inputs.f / 4 }} {{ inputs.i / 4 }} {{ inputs.deep.f }} {{ inputs.list }} {{ inputs.f == 10 }}";
const PRINTED = "10.0 2.5 2 4.0 [1.0,2.5] true";
const script = (id: string, text: string) =>
  `{id: ${id}, type: io.kestra.plugin.scripts.shell.Commands, taskRunner: {type: core.runner.Process}, commands: ["echo '::{\\"outputs\\":{\\"o\\":\\"${text}\\"}}::'"]}`;

const CASES: readonly Case[] = [
  ["a whole float stays one", `${INPUTS}tasks: [${value("a", SHOWN)}]`, "SUCCESS: a SUCCESS", { a: PRINTED }],
  [
    "a worker sees floats as well",
    `${INPUTS}tasks:
  - ${script("a", "{{ inputs.f }} {{ inputs.f / 4 }} {{ inputs.i / 4 }}")}
  - {id: w, type: core.flow.WorkingDirectory, tasks: [${script("b", "{{ inputs.f }} {{ inputs.list | join(' ') }}")}]}
  - ${value("c", "{{ outputs.a.vars.o }}, {{ outputs.b.vars.o }}")}`,
    "SUCCESS: a SUCCESS, w SUCCESS, b SUCCESS, c SUCCESS",
    { c: "10.0 2.5 2, 10.0 1.0 2.5" },
  ],
  [
    "float-child",
    `inputs: [{id: f, type: FLOAT, defaults: 10}]
tasks: [${value("a", "{{ inputs.f }}")}]
outputs: [{id: half, type: FLOAT, value: "{{ inputs.f / 2 }}"}, {id: n, type: INT, value: "{{ 7 }}"}]
afterExecution: [${value("x", "{{ execution.outputs.half }} {{ execution.outputs.n }}")}]`,
    "SUCCESS: a SUCCESS, x SUCCESS",
    { a: "10.0", x: "5.0 7" },
  ],
  [
    "outputs of a subflow are floats where it declares them",
    `tasks:
  - {id: s, type: core.flow.Subflow, namespace: io.kestra.tests, flowId: float-child, inputs: {f: 10}}
  - ${value("a", "{{ outputs.s.outputs.half }} {{ outputs.s.outputs.half / 2 }} {{ outputs.s.outputs.n / 2 }}")}
  - ${script("b", "{{ outputs.s.outputs.half }}")}
  - ${value("c", "{{ outputs.b.vars.o }}")}`,
    "SUCCESS: s SUCCESS, a SUCCESS, b SUCCESS, c SUCCESS",
    { a: "5.0 2.5 3", c: "5.0" },
  ],
];

describe("floats", () => {
  const world = semantics(CASES);

  test("are numbers of JSON to everybody else", async () => {
    const ended = await world().ended(await world().start("float-child"));
    expect(ended.row.outputs).toEqual({ half: 5, n: 7 });
    expect(ended.row.inputs).toEqual({ f: 10 });
  });
});
