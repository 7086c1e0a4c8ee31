import { describe, expect, test } from "vitest";
import { checkFlow } from "../check-flow.ts";
import { permissiveCatalogue } from "../testing/permissive-catalogue.ts";
import { accepted, findings, flowOf, flowWith, theOnly } from "../testing/diagnose.ts";

describe("properties", () => {
  test("an unknown one is refused at its key, with the nearest and the known names", () => {
    const { range, message, hint } = theOnly(
      "unknown-property",
      flowOf("  - id: log\n    type: io.kestra.plugin.core.log.Log\n    mesage: hi"),
    );
    expect(range.start).toMatchObject({ line: 6, column: 5 });
    expect(message).toBe('Unrecognized field "mesage" of io.kestra.plugin.core.log.Log');
    expect(hint).toMatch(/^did you mean "message"\? known: message, level, id, /);
  });

  test.each([
    ["of the flow", flowWith("lables: {a: b}"), "3:1"],
    ["of an input", flowWith("inputs:\n  - {id: a, type: STRING, mandatory: true}"), "4:27"],
    ["that another input type has", flowWith("inputs:\n  - {id: a, type: STRING, min: 1}"), "4:27"],
    ["of a retry", flowWith("retry: {type: constant, interval: PT1S, times: 3}"), "3:41"],
    ["of concurrency", flowWith("concurrency: {limit: 1, max: 2}"), "3:25"],
    ["of a trigger", flowWith("triggers:\n  - {id: t, type: core.trigger.Webhook, key: x, cron: y}"), "4:49"],
    [
      "of a condition",
      flowWith(
        "triggers:\n  - {id: t, type: core.trigger.Webhook, key: x, conditions: [{type: core.condition.Weekend, day: 1}]}",
      ),
      "4:93",
    ],
    [
      "of a nested map",
      flowOf(
        "  - {id: w, type: core.flow.LoopUntil, condition: x, checkFrequency: {every: PT1S}, tasks: [{id: l, type: core.log.Log, message: x}]}",
      ),
      "4:71",
    ],
    [
      "of a Dag's entry",
      flowOf("  - {id: d, type: core.flow.Dag, tasks: [{task: {id: l, type: core.log.Log, message: x}, after: [y]}]}"),
      "4:90",
    ],
  ])("an unknown one %s is refused", (_where, source, place) => {
    expect(findings(source).filter((finding) => !finding.includes("note"))).toContain(
      `${place} unknown-property error`,
    );
  });

  test("one that belongs one level deeper is told where", () => {
    const tasks =
      "  - {id: w, type: core.flow.LoopUntil, condition: x, maxIterations: 3, tasks: [{id: l, type: core.log.Log, message: x}]}";
    expect(theOnly("unknown-property", flowOf(tasks)).hint).toBe("write it inside `checkFrequency`");
  });

  test("an unknown one of a stored flow is told only", () => {
    const source = flowWith("lables: {a: b}");
    expect(findings(source, { lenient: true })).toEqual(["3:1 unknown-property warning"]);
    expect(accepted(source, { lenient: true }).id).toBe("a");
  });

  test("those of types that no plugin provides are kept as they are", () => {
    const flow = accepted(
      flowOf('  - {id: x, type: io.kestra.plugin.acme.Do, runIf: "{{ true }}", deep: {list: [1, null, {a: b}]}}'),
    );
    expect(flow.tasks[0]).toMatchObject({
      known: false,
      kind: "runnable",
      runIf: "{{ true }}",
      properties: { deep: { list: [1, null, { a: "b" }] } },
    });
    expect(flow.tasks[0]?.properties).not.toHaveProperty("runIf");
  });

  test("a place of work of a trigger, which the server asks itself, is warned of, with what to do instead", () => {
    const source = `workerSelector: {tags: [a]}
${flowOf("  - {id: l, type: core.log.Log, message: x, workerSelector: {tags: [a]}}")}
triggers: [{id: t, type: core.trigger.Schedule, cron: "@daily", workerGroup: {key: a}, workerSelector: {tags: [a]}}]`;
    const { diagnostics } = checkFlow(source, permissiveCatalogue());
    expect(diagnostics.map(({ severity, path, message }) => `${severity} ${path} ${message}`)).toEqual([
      "warning triggers[0].workerGroup `workerGroup` is ignored: triggers are asked by the server itself",
      "warning triggers[0].workerSelector `workerSelector` is ignored: triggers are asked by the server itself",
    ]);
    expect(diagnostics[0]?.hint).toContain("where the tasks run");
  });

  test("a blueprint's description of itself is ignored with a note", () => {
    expect(findings(flowWith("extend: {title: x, tags: [y]}"))).toEqual(["3:1 ignored-property note"]);
  });
});

test.each([
  ["a required property is missing", flowOf("  - id: l\n    type: core.log.Log"), "4:5 missing-property error"],
  [
    "a required property is empty",
    flowOf("  - id: l\n    type: core.log.Log\n    message:"),
    "6:5 missing-property error",
  ],
  ["an id is missing", flowOf("  - type: core.log.Log\n    message: x"), "4:5 missing-property error"],
  ["a type is missing", flowOf("  - id: x\n    message: x"), "4:5 missing-property error"],
  ["a task is text", flowOf("  - log"), "4:5 wrong-type error"],
  ["a task is empty", flowOf("  -\n  - {id: l, type: core.log.Log, message: x}"), "4:4 wrong-type error"],
  ["tasks are a map", flowOf("  id: l"), "4:3 wrong-type error"],
  ["there are no tasks", "id: a\nnamespace: b\n", "1:1 empty-list error"],
  ["the list of tasks is empty", "id: a\nnamespace: b\ntasks: []\n", "3:1 empty-list error"],
  [
    "a number is needed",
    flowOf("  - {id: p, type: core.flow.Parallel, concurrent: many, tasks: [{id: l, type: core.log.Log, message: x}]}"),
    "4:51 wrong-type error",
  ],
  ["a number is too small", flowWith("concurrency: {limit: 0}"), "3:22 invalid-value error"],
  ["a whole number is needed", flowWith("concurrency: {limit: 1.5}"), "3:22 wrong-type error"],
  ["a truth value is needed", flowWith("disabled: perhaps"), "3:11 wrong-type error"],
  [
    "a word is not among the possible ones",
    flowWith("concurrency: {limit: 1, behavior: queue}"),
    "3:35 invalid-value error",
  ],
  [
    "a duration can't be read",
    flowOf("  - {id: l, type: core.log.Log, message: x, timeout: 5 minutes}"),
    "4:54 invalid-value error",
  ],
  ["a map is needed", flowWith("variables: [a]"), "3:12 wrong-type error"],
  ["text is needed", flowOf("  - {id: l, type: core.log.Log, message: {a: b}}"), "4:42 wrong-type error"],
])("when %s, the finding is placed there", (_what, source, expected) => {
  expect(findings(source)).toContain(expected);
});

test.each([
  ["a property", flowOf("  - {id: l, type: core.log.Log, mesage: x}"), ["4:33 unknown-property error"]],
  ["`tasks`", "id: a\nnamespace: b\ntask: []\n", ["3:1 unknown-property error"]],
  [
    "a property of a map inside",
    flowWith("inputs:\n  - {id: a, type: STRING, dependsOn: {input: [a]}}"),
    ["4:39 unknown-property error"],
  ],
  ["a type", flowOf("  - {id: l, typ: core.log.Log, message: x}"), ["4:6 missing-property error"]],
])("the misspelling of %s is one mistake, not two", (_what, source, expected) => {
  expect(findings(source)).toEqual(expected);
});

test.each([
  [
    "an item of a list",
    "triggers: [{id: t, type: core.trigger.Webhook, key: k, stopAfter: [FAILD]}]",
    "`stopAfter[0]` must be one of",
  ],
  [
    "a value of another kind",
    "concurrency: 3",
    '`concurrency` must be a map with limit, or a list of them, but is "3"',
  ],
  ["an item that is no map", "triggers: [x]", '`triggers[0]` must be a map with id and type, but is "x"'],
])("messages name %s", (_what, sections, beginning) => {
  expect(checkFlow(flowWith(sections), permissiveCatalogue()).diagnostics[0]?.message).toContain(beginning);
});

test.each([
  [
    "an old and a new spelling together",
    "retry: {type: constant, interval: PT1S, maxAttempt: 3, maxAttempts: 4}",
    "`maxAttempt` is ignored: `maxAttempts` is there as well",
  ],
  [
    "a property with a replacement elsewhere",
    "listeners: [{tasks: [{id: x, type: core.log.Log, message: y}]}]",
    "`listeners` of flow is deprecated: Use `afterExecution`, with `runIf` for the conditions",
  ],
])("%s is explained by a note", (_what, sections, message) => {
  const [note] = checkFlow(flowWith(sections), permissiveCatalogue()).diagnostics;
  expect([note?.severity, note?.message]).toEqual(["note", message]);
});

test("values written as text are read as what the property needs", () => {
  const flow = accepted(flowWith('disabled: "true"\nconcurrency: {limit: "3"}'));
  expect(flow.disabled).toBe(true);
  expect(flow.concurrency).toEqual([{ limit: 3, behavior: "QUEUE" }]);
});

test("an expression may stand where a dynamic number is wanted", () => {
  const source = flowOf(
    '  - {id: p, type: core.flow.ForEach, values: [1], concurrencyLimit: "{{ 1 + 1 }}", tasks: [{id: l, type: core.log.Log, message: x}]}',
  );
  expect(accepted(source).tasks[0]?.properties).toEqual({ values: [1], concurrencyLimit: "{{ 1 + 1 }}" });
});

test("the message of a wrong word names the possible ones", () => {
  const { message, hint } = theOnly("invalid-value", flowWith("concurrency: {limit: 1, behavior: queue}"));
  expect(message).toBe('`behavior` must be one of QUEUE, CANCEL, FAIL, REPLACE, but is "queue"');
  expect(hint).toBe('did you mean "QUEUE"?');
});

describe("what to write instead", () => {
  const log = (more: string) => flowOf(`  - {id: l, type: core.log.Log, message: x, ${more}}`);
  const task = (type: string, more: string) => flowOf(`  - {id: l, type: ${type}, ${more}}`);
  const schedule = (zone: string) =>
    flowWith(`triggers:\n  - {id: t, type: core.trigger.Schedule, cron: "0 9 * * *", timezone: ${zone}}`);

  test.each([
    ["a duration with a unit", log("timeout: 30s"), "write PT30S"],
    ["a duration in words", log("timeout: 90 Minutes"), "write PT1H30M"],
    ["a duration of no unit", log("timeout: 30"), undefined],
    ["a duration of a retry", log("retry: {type: constant, interval: 2d}"), "write PT48H"],
    ["the length of an input", flowWith("inputs: [{id: a, type: DURATION, max: 1h}]"), "write PT1H"],
    ["the city of a time zone", schedule("New York"), 'did you mean "America/New_York"?'],
    ["a time zone that is misspelt", schedule("Europe/Lissbon"), 'did you mean "Europe/Lisbon"?'],
    ["no time zone at all", schedule("here and there"), "for example Europe/Paris or UTC"],
    ["a map in place of a list", flowWith("inputs: {a: {type: STRING}}"), "begin each item with `- `"],
    ["a retry without a type", log("retry: {interval: PT1S}"), "known: constant, exponential, random"],
    [
      "dependencies outside of a Dag",
      log("dependsOn: [a]"),
      "only a Dag orders its tasks so: its `tasks` are a list of",
    ],
    ["errors of a single task", log("errors: []"), "it belongs to the flow, or to a task with tasks inside"],
    ["errors under another name", flowWith("onFailure: []"), "write `errors`"],
    [
      "tasks of an If",
      task("core.flow.If", "condition: x, then: [{id: m, type: core.log.Log, message: x}], tasks: []"),
      "here it is `then`",
    ],
    [
      "the limit of another loop",
      task("core.flow.Parallel", "tasks: [{id: m, type: core.log.Log, message: x}], concurrencyLimit: 2"),
      "here it is `concurrent`",
    ],
    ["the end of a name", task("core.flow.Pause", "duration: PT1S"), 'did you mean "pauseDuration"?'],
    ["a word for true", log("disabled: yes"), "write true"],
    ["a word for false", log("allowFailure: off"), "write false"],
    ["no word for either", log("allowFailure: maybe"), undefined],
    ["a name that goes on", log("level: WARNING"), 'did you mean "WARN"?'],
    ["the beginning of a name", task("core.flow.Subflow", "namespace: a, flow: b"), 'did you mean "flowId"?'],
    ["a package in place of a type", task("debug", "format: a"), "did you mean io.kestra.plugin.core.debug."],
    ["a package of many types", task("flow", "tasks: []"), undefined],
  ])("%s is told", (_what, source, hint) => {
    const { diagnostics } = checkFlow(source, permissiveCatalogue());
    const first = diagnostics.find(({ severity }) => severity === "error");
    if (hint === undefined) expect(first?.hint).toBeUndefined();
    else expect(first?.hint).toContain(hint);
  });

  test("a list with one wrong item is told of that item", () => {
    const { message, range } = theOnly("wrong-type", flowOf("  - {id: l, type: core.log.Log, message: [a, {b: c}]}"));
    expect(message).toBe("`message[1]` must be text, but is a map");
    expect(range.start).toMatchObject({ line: 4, column: 46 });
  });

  test("a beginning that was meant as the required name is one mistake", () => {
    expect(findings(task("core.flow.Subflow", "namespace: a, flow: b"))).toEqual(["4:52 unknown-property error"]);
  });
});
