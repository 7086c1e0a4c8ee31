import { expect, test } from "vitest";
import { checkFlow } from "./check-flow.ts";
import { formatDiagnostic } from "./diagnostic.ts";
import { LIMITS } from "./limits.ts";
import { accepted, findings, flowOf, flowWith, theOnly } from "./testing/diagnose.ts";
import { permissiveCatalogue } from "./testing/permissive-catalogue.ts";
import { writtenFlow } from "./written-flow.ts";

test("a small flow is read with all defaults", () => {
  expect(accepted(flowWith(""))).toEqual({
    id: "a",
    namespace: "b",
    labels: {},
    inputs: [],
    outputs: [],
    variables: {},
    tasks: [
      {
        id: "log",
        type: "io.kestra.plugin.core.log.Log",
        writtenType: "io.kestra.plugin.core.log.Log",
        kind: "runnable",
        known: true,
        disabled: false,
        allowFailure: false,
        allowWarning: false,
        logToFile: false,
        properties: { message: "hi" },
        lists: {},
      },
    ],
    errors: [],
    finally: [],
    afterExecution: [],
    listeners: [],
    triggers: [],
    concurrency: [],
    quotas: [],
    sla: [],
    checks: [],
    disabled: false,
  });
});

test.each([
  ["", ["1:1 not-a-flow error"]],
  ["just text", ["1:1 not-a-flow error"]],
  ["- a\n- b\n", ["1:1 not-a-flow error"]],
  [
    "id: a\nid: b\nnamespace: c\ntasks:\n  - {id: t, type: io.kestra.plugin.core.log.Log, message: x}\n",
    ["2:1 duplicate-key error"],
  ],
  ["~\n", ["1:1 not-a-flow error"]],
  ["---\n", ["1:4 not-a-flow error"]],
  ["# nothing\n", ["1:1 not-a-flow error"]],
  ["id: overview\ntitle: Overview\ncharts: []\n", ["1:1 not-a-flow error"]],
  ["id: form\nnamespace: a\ntype: io.kestra.plugin.ee.apps.Execution\nlayout: []\n", ["1:1 not-a-flow error"]],
  ["id: check\nnamespace: a\nflowId: b\ntestCases: []\n", ["1:1 not-a-flow error"]],
  ["id: a\nnamespace: b\n", ["1:1 empty-list error"]],
  ["id: [a\n", ["2:1 yaml-syntax error"]],
  ["id: a\n---\nid: b\n", ["2:1 several-documents error"]],
  ["id: a\nnamespace: a: b: c: d\n", ["2:12 yaml-syntax error"]],
  ["id: 'a\nnamespace: b\ntasks: []\n", ["1:5 yaml-syntax error"]],
  ["a: @x\nb: `y`\n", ["1:4 yaml-syntax error", "2:4 yaml-syntax error"]],
  ['id: "a\u0000b"\n', ["1:7 control-character error"]],
  ["id: a\n# \u001b[31m\n", ["2:3 control-character error"]],
  ["id: \ud83d\n", ["1:5 control-character error"]],
  ["id: *nowhere\n", ["1:5 yaml-syntax error"]],
  ["id: a\n\tnamespace: b\n", ["2:1 yaml-syntax error"]],
])("the document %j gives %j", (source, expected) => {
  expect(findings(source)).toEqual(expected);
});

test("characters of every kind of writing are allowed", () => {
  const source = flowWith('description: "\\u001b é 日本 😀 \u0085 \u2028"');
  expect(accepted(source).description).toBe("\u001b é 日本 😀 \u0085 \u2028");
});

test.each([
  ["a: @x\n", "put the value in quotes"],
  ["a:\n\t- x\n", "indent with spaces"],
  ["a: b: c\n", 'put a value that contains ": " in quotes, or check the indentation'],
  ["a: 'it's'\n", "a quote inside quotes is written twice ('') or as \\\""],
])("the YAML mistake in %j comes with a remedy", (source, hint) => {
  expect(theOnly("yaml-syntax", source).hint).toBe(hint);
});

test("an expression without quotes is explained", () => {
  const { message, hint } = theOnly("key-not-text", flowWith("variables:\n  a: {{ b }}"));
  expect(message).toBe("a key must be text");
  expect(hint).toContain("needs quotes");
});

test("bare words, dates and long numbers stay as they were written where text is wanted", () => {
  const flow = accepted(`id: 007
namespace: b
labels: {version: 1.10, day: 2024-01-01, on: yes}
inputs:
  - {id: on, type: STRING, defaults: 1.10}
tasks:
  - {id: 1, type: io.kestra.plugin.core.debug.Return, format: 12345678901234567890}
`);
  expect(flow.id).toBe("007");
  expect(flow.labels).toEqual({ version: "1.10", day: "2024-01-01", on: "yes" });
  expect(flow.inputs[0]).toMatchObject({ id: "on", defaults: "1.10" });
  expect(flow.tasks[0]).toMatchObject({ id: "1", properties: { format: "12345678901234567890" } });
});

test("aliases and merge keys are followed", () => {
  const flow = accepted(`id: a
namespace: b
variables: {base: &base {level: WARN}}
tasks:
  - {id: one, type: io.kestra.plugin.core.log.Log, message: &text hello, <<: *base}
  - {id: two, type: io.kestra.plugin.core.log.Log, message: *text}
`);
  expect(flow.tasks[0]?.properties).toEqual({ message: "hello", level: "WARN" });
  expect(flow.tasks[1]?.properties).toEqual({ message: "hello" });
});

test("a key named __proto__ is an ordinary key", () => {
  const flow = accepted(flowWith("variables: {__proto__: {polluted: yes}}"));
  expect(Object.keys(flow.variables)).toEqual(["__proto__"]);
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("a source of exactly the maximum length is read, one character more is not", () => {
  const source = flowWith("");
  expect(findings(source, { maximumCharacters: source.length })).toEqual([]);
  expect(findings(source, { maximumCharacters: source.length - 1 })).toEqual(["1:1 source-too-large error"]);
});

test("the length limit holds when no option names one", () => {
  expect(findings(`# ${"x".repeat(LIMITS.sourceCharacters)}`)).toEqual(["1:1 source-too-large error"]);
});

test("maps may be nested as deeply as the limit allows", () => {
  const nested = (depth: number) => flowWith(`variables: {a: ${"[".repeat(depth)}${"]".repeat(depth)}}`);
  expect(findings(nested(LIMITS.nestingDepth - 1))).toEqual([]);
  expect(findings(nested(LIMITS.nestingDepth))).toEqual([expect.stringContaining("nesting-too-deep error")]);
});

test.each([5_000, 100_000])("%i open brackets are refused without a crash", (depth) => {
  const [first] = findings(`a: ${"[".repeat(depth)}`);
  expect(first).toMatch(/nesting-too-deep error|yaml-syntax error/);
});

test("aliases that multiply are refused before they fill the memory", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level += 1)
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
  const source = flowWith(`variables:\n  ${lines.join("\n  ")}`);
  expect(findings(source)).toEqual([expect.stringContaining("too-many-nodes error")]);
});

test("a document may hold as many values as the limit allows", () => {
  const list = (items: number) => flowWith(`variables: {a: [${"1,".repeat(items)}]}`);
  // Everything but the list's items: the maps, lists and scalars of the flow around it.
  const around = 10;
  expect(findings(list(LIMITS.nodes - around))).toEqual([]);
  expect(findings(list(LIMITS.nodes - around + 1))).toEqual([expect.stringContaining("too-many-nodes error")]);
});

test("the nearest name is looked up for as many findings as the limit allows", () => {
  const keys = Array.from({ length: LIMITS.hints + 1 }, (_, index) => `tasky${index}: x`);
  const { diagnostics } = checkFlow(flowWith(keys.join("\n")), permissiveCatalogue());
  expect(diagnostics.filter(({ hint }) => hint !== undefined)).toHaveLength(LIMITS.hints);
  expect(diagnostics).toHaveLength(LIMITS.hints + 1);
});

test("a flow may have as many tasks as the limit allows", () => {
  const tasks = (count: number) =>
    `id: a\nnamespace: b\ntasks:\n${Array.from({ length: count }, (_, index) => `- {id: t${index}, type: core.log.Log, message: x}`).join("\n")}`;
  expect(findings(tasks(LIMITS.tasks))).toEqual([]);
  expect(findings(tasks(LIMITS.tasks + 1))).toEqual(["1:1 too-many-tasks error"]);
});

test("a mistake is printed with file, line, column and remedy", () => {
  const diagnostic = theOnly(
    "invalid-type",
    flowOf("  - id: t\n    type: io.kestra.plugin.core.log.Lg\n    message: x"),
  );
  expect(formatDiagnostic("flow.yaml", diagnostic)).toBe(
    'flow.yaml:5:11 invalid-type Invalid type: io.kestra.plugin.core.log.Lg — did you mean "io.kestra.plugin.core.log.Log"?',
  );
  expect(diagnostic.path).toBe("tasks[0].type");
});

test("whatever the text is, the checker answers", () => {
  const catalogue = permissiveCatalogue();
  const source = flowOf(`
  - id: seq
    type: io.kestra.plugin.core.flow.Switch
    value: "{{ inputs.a | upper }}"
    cases:
      "1": [{id: x, type: io.kestra.plugin.core.log.Log, message: "{{ outputs.y }}"}]
    retry: {type: constant, interval: PT1S}
triggers:
  - {id: s, type: io.kestra.plugin.core.trigger.Schedule, cron: "0 0 * * *", conditions: [{type: io.kestra.plugin.core.condition.Weekend}]}
`);
  for (let cut = 0; cut < source.length; cut += 1) {
    expect(Array.isArray(checkFlow(source.slice(0, cut), catalogue).diagnostics)).toBe(true);
    const replaced = `${source.slice(0, cut)}null${source.slice(cut + 4)}`;
    expect(Array.isArray(checkFlow(replaced, catalogue).diagnostics)).toBe(true);
  }
});

test("what was written is there without another look at the source, without defaults, also when the flow is refused", () => {
  const source = "id: a\nnamespace: b\nx: &x { level: WARN }\ntasks:\n  - { <<: *x, id: t, type: core.log.Lg }\n";
  const checked = checkFlow(source, permissiveCatalogue());
  expect(checked.written()).toEqual(writtenFlow(source));
  expect(checked.written()).toMatchObject({ tasks: [{ id: "t", type: "core.log.Lg", level: "WARN" }] });
  expect(checkFlow("[]", permissiveCatalogue()).written()).toBeUndefined();
});
