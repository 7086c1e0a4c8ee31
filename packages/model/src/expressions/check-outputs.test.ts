import { describe, expect, test } from "vitest";
import { findings, flowOf, theOnly } from "../testing/diagnose.ts";

const RETURN = "{id: r, type: core.debug.Return, format: x}";
const reading = (text: string, tasks: string) =>
  flowOf(`${tasks}\n  - {id: l, type: core.log.Log, message: "${text}"}`);
const LOOP = `  - {id: e, type: core.flow.ForEach, values: [a], tasks: [${RETURN}]}`;

describe("outputs of a loop", () => {
  test.each([
    ["{{ outputs.r['a'].value }}"],
    ["{{ outputs.r[inputs.key ?? 'a'].value }}"],
    ["{{ outputs.r | values }}"],
    ["{{ outputs.r.value ?? 'none' }}"],
    ["{{ outputs.r.a.value }}"],
  ])("%s is fine", (text) => {
    expect(findings(reading(text, LOOP))).toEqual([]);
  });

  test.each([
    ["{{ outputs.r.value }}", '"value" stands where a value belongs'],
    ["{{ outputs.r[0].value }}", "the values are text, so that 0 is none"],
  ])("%s: %s", (text, reason) => {
    const { message, hint } = theOnly("loop-output", reading(text, LOOP));
    expect(message).toBe(`the outputs of "r" are kept by the values of its loop: ${reason}`);
    expect(hint).toBe("write outputs.r['<value>']");
  });

  test("inside the loop the remedy is the own value", () => {
    const source = flowOf(
      `  - {id: e, type: core.flow.ForEach, values: [a], tasks: [${RETURN}, {id: l, type: core.log.Log, message: "{{ outputs.r.value }}"}]}`,
    );
    expect(theOnly("loop-output", source).hint).toBe("write outputs.r[taskrun.value]");
  });

  test("of two loops both values are wanted", () => {
    const tasks = `  - {id: e, type: core.flow.ForEach, values: [a], tasks: [{id: f, type: core.flow.ForEach, values: [b], tasks: [${RETURN}]}]}`;
    expect(theOnly("loop-output", reading("{{ outputs.r['a'].value }}", tasks)).hint).toBe(
      "write outputs.r['<value>']['<value>']",
    );
    expect(findings(reading("{{ outputs.r['a']['b'].value }}", tasks))).toEqual([]);
  });

  test("names behind the value are checked", () => {
    expect(theOnly("unknown-output", reading("{{ outputs.r['a'].vlaue }}", LOOP)).hint).toContain("value");
  });

  test("a Loop hides what its tasks put out, but not from each other", () => {
    const read = (id: string) => `{id: ${id}, type: core.debug.Return, format: "{{ outputs.r.value }}"}`;
    const loop = `  - {id: e, type: core.flow.Loop, values: [1], tasks: [${RETURN}, ${read("inside")}]}`;
    expect(findings(flowOf(loop))).toEqual([]);
    const outside = flowOf(`${loop}\n  - ${read("outside")}`);
    expect(theOnly("outputs-not-yet", outside).hint).toBe('declare it in the `outputs` of "e"');
  });

  test.each(["errors", "finally"])("a Loop hides what its %s put out as well", (list) => {
    const loop = `  - {id: e, type: core.flow.Loop, values: [1], tasks: [{id: x, type: core.log.Log, message: m}], ${list}: [${RETURN}]}`;
    const outside = flowOf(`${loop}\n  - {id: outside, type: core.debug.Return, format: "{{ outputs.r.value }}"}`);
    expect(theOnly("outputs-not-yet", outside).hint).toBe('declare it in the `outputs` of "e"');
  });

  test("rounds of LoopUntil have no values", () => {
    const tasks = `  - {id: e, type: core.flow.LoopUntil, condition: x, tasks: [${RETURN}]}`;
    expect(findings(reading("{{ outputs.r.value }}", tasks))).toEqual([]);
  });
});

test.each([
  [
    "of a type that has none",
    "{{ outputs.a }}",
    "  - {id: a, type: core.log.Log, message: x}",
    "this type has no outputs",
  ],
  ["of a group", "{{ outputs.e }}", LOOP, "read those of its tasks: outputs.r"],
])("outputs %s are not there at all", (_what, text, tasks, hint) => {
  expect(theOnly("unknown-output", reading(text, tasks)).hint).toBe(hint);
});

describe("states of tasks", () => {
  test.each([
    ["{{ tasks.r.state }}", undefined],
    ["{{ tasks.l.state }}", undefined],
    ["{{ tasks.later.state ?? 'none' }}", undefined],
    ["{{ tasks.later.state }}", 'the state of "later" can\'t exist here: "later" runs later'],
    ["{{ tasks.nothing.state }}", 'no task has the id "nothing"'],
  ])("%s: %s", (text, message) => {
    const source = `${reading(text, `  - ${RETURN}`).trimEnd()}\n  - {id: later, type: core.log.Log, message: x}\n`;
    expect(findings(source)).toHaveLength(message === undefined ? 0 : 1);
    if (message !== undefined)
      expect([theOnlyMessage(source, "outputs-not-yet"), theOnlyMessage(source, "unknown-task")]).toContain(message);
  });
});

function theOnlyMessage(source: string, code: string): string | undefined {
  return findings(source).some((finding) => finding.includes(code)) ? theOnly(code, source).message : undefined;
}

describe("a read that is ready for the absence of its value", () => {
  const inputs = "inputs: [{id: city, type: STRING}]\n";
  const source = (text: string) => `${reading(text, `  - ${RETURN}`)}${inputs}`;

  test.each([
    "{{ inputs.country ?? 'x' }}",
    "{{ outputs.missing.value | default('x') }}",
    "{{ inputs.country is defined ? inputs.country : 'x' }}",
    "{% if outputs.missing.value is defined %}{{ outputs.missing.value }}{% endif %}",
    "{{ trigger.body is defined and trigger.body.x }}",
    "{{ vars.nothing ?? '' }}",
  ])("%s is not told", (text) => {
    expect(findings(source(text))).toEqual([]);
  });

  test.each([
    ["{{ inputs.ctiy ?? 'x' }}", "unknown-input", 'did you mean "city"?'],
    ["{{ outputs.r.vlaue ?? 'x' }}", "unknown-output", 'did you mean "value"?'],
  ])("%s looks like a misspelling, which is a note", (text, code, hint) => {
    const found = theOnly(code, source(text));
    expect([found.severity, found.hint]).toEqual(["note", hint]);
  });

  test.each([
    [
      "its own runIf",
      '{id: l, type: core.log.Log, runIf: "{{ outputs.x.y is defined }}", message: "{{ outputs.x.y }}"}',
    ],
    [
      "the condition it stands under",
      '{id: i, type: core.flow.If, condition: "{{ outputs.x.y is defined }}", then: [{id: l, type: core.log.Log, message: "{{ outputs.x.y }}"}]}',
    ],
    [
      "the runIf of a group around it",
      '{id: s, type: core.flow.Sequential, runIf: "{{ (outputs.x.y ?? null) != null }}", tasks: [{id: l, type: core.log.Log, message: "{{ outputs.x.y }}"}]}',
    ],
  ])("the question may be in %s", (_where, task) => {
    expect(findings(flowOf(`  - ${task}`))).toEqual([]);
  });

  test("a question about something else is none", () => {
    const task = '{id: l, type: core.log.Log, runIf: "{{ inputs.z is defined }}", message: "{{ outputs.x.y }}"}';
    expect(findings(flowOf(`  - ${task}`))).toEqual(["4:82 unknown-task warning"]);
  });
});
