import { describe, expect, test } from "vitest";
import { accepted, findings, flowOf, flowWith, theOnly } from "../testing/diagnose.ts";

/** A flow whose only task logs this text, in double quotes: the text begins in column 15 of line 6. */
const logging = (text: string, sections = "") =>
  `${flowOf(`  - id: l\n    type: core.log.Log\n    message: "${text}"`)}${sections}`;

test.each([
  ["{{ 1 + }}", "expression-syntax"],
  ["{{ inputs.a", "expression-syntax"],
  ["echo ${#names[@]}", "expression-syntax"],
  ["{{ 'a' | uper }}", "unknown-filter"],
  ["{{ nou() }}", "unknown-function"],
  ["{{ 1 is evn }}", "unknown-test"],
  ["{{ fiow.id }}", "unknown-variable"],
  ["{{ raise }}", "unknown-variable"],
  ["{{ inputs.a }}", "unknown-input"],
  ["{{ outputs.x.value }}", "unknown-task"],
  ["{{ tasks.x.state }}", "unknown-task"],
  ["{{ vars.x }}", "undeclared-variable"],
  ["{{ outputs.l }}", "outputs-not-yet"],
])("%s is told as %s", (text, code) => {
  const diagnostic = theOnly(code, logging(text));
  expect(diagnostic.severity).toBe("warning");
  expect(diagnostic.path).toBe("tasks[0].message");
  expect(diagnostic.range.start.line).toBe(6);
});

test.each([
  ["{{ variables.a }}", "write vars.…"],
  ["{{ namespace.key }}", "write flow.namespace for its name, kv('KEY') for values that its flows share"],
  ["{{ secrets.A }}", "it is a function: write secret('NAME')"],
])("%s is told what to write", (text, hint) => {
  expect(theOnly("unknown-variable", logging(text)).hint).toBe(hint);
});

test("in a strict check, what can't work refuses the flow; what may never be reached does not", () => {
  const strict = { strictExpressions: true };
  expect(findings(logging("{{ 'a' | uper }}"), strict)).toEqual(["6:24 unknown-filter error"]);
  expect(findings(logging("{{ fiow.id }}"), strict)).toEqual(["6:18 unknown-variable warning"]);
  expect(findings(logging("{{ inputs.a ?? 1 }}"), strict)).toEqual([]);
});

test.each([
  "{{ flow.id }} {{ execution.startDate | date('yyyy') }} {{ taskrun.value ?? '' }} {{ now() }} {{ secret('A') }}",
  "{{ taskrun.idempotencyKey }} {{ taskrun.attemptKey }}",
  "{% for x in [1, 2] %}{{ x }}{{ loop.index }}{% endfor %}",
  "{% set y = 1 %}{{ y }}",
  "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1) }}",
  "{{ missing ?? 1 }} {{ missing | default(1) }} {{ missing is defined }}",
  "{{ outputs[inputs ~ ''].x }}",
  "{{ missing ?? other ?? raise }}",
  "{{ labels.x }} {{ envs.y }} {{ kestra.url }}",
  "no expression: { } {a}",
  "{# a comment #} echo {% raw %}${#names[@]}{% endraw %}",
])("%s is fine", (text) => {
  expect(findings(logging(text))).toEqual([]);
});

test("functions of the host are known when they are named", () => {
  expect(findings(logging("{{ ourOwn() }}"))).toEqual(["6:18 unknown-function warning"]);
  expect(findings(logging("{{ ourOwn() }}"), { hostFunctions: ["ourOwn"] })).toEqual([]);
});

test("expressions are not looked at when the caller says so", () => {
  expect(findings(logging("{{ 1 + }}"), { expressions: false })).toEqual([]);
});

test.each([
  ["quoted text", 'message: "a {{ nou() }}"', "6:20"],
  ["plain text", "message: a {{ nou() }}", "6:19"],
  ["a literal block", "message: |\n      first\n      then {{ nou() }}", "8:15"],
  ["a folded block", "message: >\n      first\n      then\n\n      {{ nou() }}", "10:10"],
  ["a list", "message:\n      - one\n      - '{{ nou() }}'", "8:13"],
  ["the condition of the task", "message: x\n    runIf: '{{ nou() }}'", "7:16"],
  ["an escaped text", String.raw`message: "\"a\" \t{{ nou() }}"`, "6:26"],
])("a place in %s is exact", (_what, lines, place) => {
  const { range } = theOnly("unknown-function", flowOf(`  - id: l\n    type: core.log.Log\n    ${lines}`));
  expect(`${range.start.line}:${range.start.column}`).toBe(place);
  expect(range.end.column - range.start.column).toBe(3);
});

describe("remedies", () => {
  test.each([
    ["{{ 'a' | uper }}", "unknown-filter", 'did you mean "upper"?'],
    ["{{ 'a' | dateFormat('x') }}", "unknown-filter", "write date('yyyy-MM-dd')"],
    ["{{ 'a' | fromJson }}", "unknown-filter", "it is a function: write fromJson(…)"],
    ["{{ secrets('A') }}", "unknown-function", 'did you mean "secret"?'],
    ["{{ upper('a') }}", "unknown-function", "it is a filter: write … | upper"],
    [
      "{{ appLink('approve') }}",
      "unknown-function",
      "it belongs to Kestra's Enterprise Edition: link to the execution, below kestra.url",
    ],
    [
      "{{ credential('db').token }}",
      "unknown-function",
      "it belongs to Kestra's Enterprise Edition: write secret('NAME')",
    ],
    [
      "{{ subflow('a', 'b') }}",
      "unknown-function",
      "it belongs to a later version of the language: call the flow with a Subflow task, and read outputs.<task>.outputs",
    ],
    ["{{ input.a }}", "unknown-variable", 'did you mean "inputs"?'],
    ["{{ inputs.a }}", "unknown-input", "declare it under `inputs`"],
    ["{{ vars.x }}", "undeclared-variable", "add it under `variables`"],
  ])("%s: %s — %s", (text, code, hint) => {
    expect(theOnly(code, logging(text)).hint).toBe(hint);
  });

  test("a name without its root is completed", () => {
    const sections = "inputs: [{id: city, type: STRING, defaults: x}]\nvariables: {region: y}\n";
    expect(theOnly("unknown-variable", logging("{{ city }}", sections)).hint).toBe("write inputs.city");
    expect(theOnly("unknown-variable", logging("{{ region }}", sections)).hint).toBe("write vars.region");
  });
});

describe("inputs", () => {
  const inputs = "inputs: [{id: a.b, type: STRING}, {id: a.c.d, type: JSON}, {id: with-dash, type: STRING}]\n";

  test.each([
    "{{ inputs.a.b }}",
    "{{ inputs.a.c.d.any.thing }}",
    "{{ inputs['with-dash'] }}",
    "{{ inputs }}",
    "{{ inputs.a }}",
    "{{ inputs[vars.x ?? 'y'] }}",
  ])("%s is declared", (text) => {
    expect(findings(logging(text, inputs)).filter((finding) => finding.includes("input"))).toEqual([]);
  });

  test("the message names what is missing of a nested input", () => {
    const { message, hint } = theOnly("unknown-input", logging("{{ inputs.a.x }}", inputs));
    expect(message).toBe('the flow declares no input "a.x"');
    expect(hint).toContain("known: a.b, a.c.d, with-dash");
  });

  test("defaults of inputs and conditions between them are checked too", () => {
    const source = flowWith(
      'inputs: [{id: a, type: STRING, defaults: "{{ inputs.zz }}"}, {id: b, type: INT, dependsOn: {inputs: [a], condition: "{{ inputs.yy }}"}}]',
    );
    expect(findings(source)).toEqual(["3:46 unknown-input warning", "3:121 unknown-input warning"]);
  });
});

describe("dashes", () => {
  const before = "  - {id: my-task, type: core.debug.Return, format: x}\n";

  test("a dash in an input, task or variable is refused with the right spelling", () => {
    const source = `id: a
namespace: b
inputs: [{id: from-parent, type: STRING}]
variables: {a-b-c: 1}
tasks:
  - {id: my-task, type: core.debug.Return, format: "{{ inputs.from-parent }}"}
  - {id: other, type: core.debug.Return, format: "{{ outputs.my-task.value }} {{ vars.a-b-c }}"}
`;
    expect(findings(source)).toEqual([
      "6:56 dash-reference error",
      "7:54 dash-reference error",
      "7:82 dash-reference error",
    ]);
  });

  test("the message shows the right spelling", () => {
    const { message } = theOnly(
      "dash-reference",
      flowOf(`${before}  - {id: l, type: core.log.Log, message: "{{ outputs.my-task.value }}"}`),
    );
    expect(message).toBe("Invalid output reference: use outputs['my-task'], because a dash means minus");
  });

  test("a real subtraction is left alone", () => {
    expect(findings(logging("{{ inputs.n - 1 }} {{ inputs.n-1 }}", "inputs: [{id: n, type: INT}]\n"))).toEqual([]);
  });
});

describe("outputs", () => {
  const returning = "  - {id: r, type: core.debug.Return, format: x}\n";

  test("an output that the type does not have is told with those it has", () => {
    const { message, hint, range } = theOnly(
      "unknown-output",
      flowOf(`${returning}  - {id: l, type: core.log.Log, message: "{{ outputs.r.vlaue }}"}`),
    );
    expect(message).toBe('task "r" (io.kestra.plugin.core.debug.Return) has no output "vlaue"');
    expect(hint).toContain('did you mean "value"?');
    expect(range.start.column).toBe(46);
  });

  test("a task without outputs has none to read", () => {
    const source = flowOf(
      '  - {id: a, type: core.log.Log, message: x}\n  - {id: l, type: core.log.Log, message: "{{ outputs.a.value }}"}',
    );
    expect(theOnly("unknown-output", source).hint).toBe("this type has no outputs");
  });

  test("in a loop the outputs are kept by value, so their names can't be checked", () => {
    const source = flowOf(`  - id: each
    type: core.flow.ForEach
    values: [1]
    tasks: [{id: r, type: core.debug.Return, format: x}]
  - {id: l, type: core.log.Log, message: "{{ outputs.r['1'].value }}"}`);
    expect(findings(source)).toEqual([]);
  });

  test("the tasks that ForEachItem makes are known", () => {
    const source = flowOf(`  - {id: each, type: core.flow.ForEachItem, items: x, namespace: n, flowId: f}
  - {id: l, type: core.log.Log, message: "{{ outputs.each_merge.subflowOutputs }} {{ outputs.each_nothing.x }}"}`);
    expect(theOnly("unknown-task", source).message).toBe('no task has the id "each_nothing"');
  });

  test("expressions of another execution are not compared with this flow", () => {
    const source = `${flowOf(`  - {id: s, type: core.flow.Subflow, namespace: n, flowId: f, outputs: {x: "{{ outputs.theirs.value }}"}}`)}triggers:
  - {id: t, type: core.trigger.Flow, inputs: {y: "{{ outputs.theirs.value }}"}, conditions: [{type: core.condition.Expression, expression: "{{ outputs.z is defined }}"}]}
`;
    expect(findings(source).filter((finding) => !finding.endsWith("note"))).toEqual([]);
  });

  test("a filter that is wrong is told even there", () => {
    const source = flowOf(
      `  - {id: s, type: core.flow.Subflow, namespace: n, flowId: f, outputs: {x: "{{ outputs.theirs | uper }}"}}`,
    );
    expect(findings(source)).toContain("4:97 unknown-filter warning");
  });
});

describe("variables", () => {
  test("SetVariables declares variables", () => {
    const source = flowOf(
      '  - {id: s, type: core.execution.SetVariables, variables: {x: 1}}\n  - {id: l, type: core.log.Log, message: "{{ vars.x }} {{ vars.y }}"}',
    );
    expect(theOnly("undeclared-variable", source).message).toBe('the flow declares no variable "y"');
  });

  test("when SetVariables takes an expression, any variable may appear", () => {
    const source = flowOf(
      '  - {id: s, type: core.execution.SetVariables, variables: "{{ trigger.taskRunOutputs }}"}\n  - {id: l, type: core.log.Log, message: "{{ vars.y }}"}',
    );
    expect(findings(source)).toEqual([]);
  });

  test("expressions in variables are checked, though they are rendered later", () => {
    const source = flowWith('variables: {x: "{{ outputs.nothing.y }} {{ nou() }}"}');
    expect(findings(source)).toEqual(["3:20 unknown-task warning", "3:44 unknown-function warning"]);
  });
});

describe("hand-written JSON", () => {
  const payload = (text: string, outputs = "  - {id: ai, type: io.kestra.plugin.acme.Chat}\n") =>
    findings(flowOf(`${outputs}  - id: p\n    type: io.kestra.plugin.acme.Post\n    payload: |\n      ${text}`)).filter(
      (finding) => finding.includes("unescaped-json"),
    );

  test("text of another task inside a string is told at its place", () => {
    expect(payload('{"text": "so: {{ outputs.ai.answer }}"}')).toEqual(["8:21 unescaped-json warning"]);
    expect(payload('[{"text": "{{ trigger.body.message }}"}]')).toEqual(["8:18 unescaped-json warning"]);
  });

  test.each([
    ["the value is escaped", '{"text": "{{ outputs.ai.answer | toJson }}"}'],
    ["the value is the whole JSON value", '{"text": {{ outputs.ai.answer | toJson }} }'],
    ["the value stands outside of strings", '{"rows": {{ outputs.ai.answer }} }'],
    ["the value is a number", '{"text": "{{ outputs.ai.answer | length }} rows, {{ outputs.ai.size }} bytes"}'],
    ["the value comes from the flow itself", '{"text": "{{ flow.id }} {{ execution.id }}"}'],
    ["the text is no JSON", 'say "{{ outputs.ai.answer }}"'],
    ["the text is one expression", "{{ {'a': outputs.ai.answer} }}"],
  ])("nothing is told when %s", (_why, text) => {
    expect(payload(text)).toEqual([]);
  });
});

describe("files of a script", () => {
  const source = (script: string, read: string) =>
    flowOf(`  - ${script}\n  - {id: l, type: core.log.Log, message: "${read}"}`);
  const told = (script: string, read: string) =>
    findings(source(script, read)).filter((finding) => finding.includes("output-file"));
  const READ = "{{ outputs.s.outputFiles['out/a.csv'] }}";

  test.each([
    ["nothing", "{id: s, type: io.kestra.plugin.scripts.shell.Commands, commands: [x]}", 1],
    ["another file", "{id: s, type: io.kestra.plugin.scripts.shell.Commands, commands: [x], outputFiles: [b.csv]}", 1],
    ["the wrong folder", "{id: s, type: io.kestra.plugin.scripts.python.Script, script: x, outputFiles: ['*.csv']}", 1],
    ["the file", "{id: s, type: io.kestra.plugin.scripts.shell.Commands, commands: [x], outputFiles: [out/a.csv]}", 0],
    [
      "a glob for it",
      "{id: s, type: io.kestra.plugin.scripts.shell.Commands, commands: [x], outputFiles: ['out/*.{csv,txt}']}",
      0,
    ],
    [
      "what a regular expression may match",
      "{id: s, type: io.kestra.plugin.scripts.shell.Commands, commands: [x], outputFiles: ['regex:(']}",
      0,
    ],
    ["everything", "{id: s, type: io.kestra.plugin.scripts.shell.Commands, commands: [x], outputFiles: ['**']}", 0],
    [
      "a name that is rendered",
      '{id: s, type: io.kestra.plugin.scripts.shell.Commands, commands: [x], outputFiles: ["{{ flow.id }}"]}',
      0,
    ],
    [
      "a whole folder, in the oldest way",
      "{id: s, type: io.kestra.plugin.scripts.shell.Commands, commands: [x], runner: PROCESS}",
      0,
    ],
    [
      "a whole folder, in the old way",
      "{id: s, type: io.kestra.plugin.scripts.shell.Commands, commands: [x], outputDirectory: true}",
      0,
    ],
  ])("a task that keeps %s", (_what, script, count) => {
    expect(told(script, READ)).toHaveLength(count);
  });

  test("the remedy says what to add where", () => {
    const { hint, range } = theOnly(
      "output-file-not-declared",
      source("{id: s, type: io.kestra.plugin.scripts.shell.Commands, commands: [x]}", READ),
    );
    expect(hint).toBe(
      'write the file to the task\'s working directory and add `outputFiles: ["out/a.csv"]` to task "s"',
    );
    expect([range.start.line, range.start.column]).toEqual([5, 46]);
  });

  test("a default of the flow can declare the files", () => {
    const defaults = "pluginDefaults: [{type: io.kestra.plugin.scripts, values: {outputFiles: ['**']}}]\n";
    const flow = source("{id: s, type: io.kestra.plugin.scripts.shell.Commands, commands: [x]}", READ) + defaults;
    expect(accepted(flow).tasks).toHaveLength(2);
    expect(findings(flow).filter((finding) => finding.includes("output-file"))).toEqual([]);
  });
});
