import { describe, expect, test } from "vitest";
import { findings, flowOf, theOnly } from "../testing/diagnose.ts";

const logging = (text: string, sections = "") =>
  `${flowOf(`  - {id: l, type: core.log.Log, message: "${text}"}`)}${sections}`;
const codes = (source: string) => findings(source).filter((finding) => !finding.includes("deprecated"));

describe("fields of the language's variables", () => {
  test.each([
    ["{{ flow.nmae }}", "`flow` has no `nmae`"],
    ["{{ execution.stat }}", "`execution` has no `stat`"],
    ["{{ task.name }}", "`task` has no `name`"],
    ["{{ taskrun.attempts }}", "`taskrun` has no `attempts`"],
    ["{{ kestra.host }}", "`kestra` has no `host`"],
  ])("%s: %s", (text, message) => {
    expect(theOnly("unknown-field", logging(text)).message).toBe(message);
  });

  test("the hint names the nearest one and all others", () => {
    expect(theOnly("unknown-field", logging("{{ execution.stat }}")).hint).toBe(
      'did you mean "state"? known: id, startDate, endDate, originalId, state, outputs',
    );
  });
});

describe("what a trigger sets", () => {
  const schedule = 'triggers: [{id: t, type: core.trigger.Schedule, cron: "0 0 * * *"}]\n';
  const webhook = "triggers: [{id: t, type: core.trigger.Webhook, key: k}]\n";
  const flow = "triggers: [{id: t, type: core.trigger.Flow}]\n";

  test.each([
    ["{{ trigger.date }}", schedule],
    [
      "{{ trigger.date }} {{ trigger.next ?? 'none' }}",
      "triggers: [{id: t, type: core.trigger.ScheduleOnDates, dates: []}]\n",
    ],
    ["{{ trigger.body.any.thing }} {{ trigger.headers['x'] }}", webhook],
    ["{{ trigger.outputs.x }} {{ trigger.state }}", flow],
    ["{{ trigger.anything }}", "triggers: [{id: t, type: io.kestra.plugin.acme.Trigger}]\n"],
    ["{{ trigger.executionId }}", ""],
    ["{{ trigger.body ?? 'x' }} {{ trigger }}", schedule],
  ])("%s may be there", (text, triggers) => {
    expect(codes(logging(text, triggers)).filter((finding) => finding.includes("trigger-variable"))).toEqual([]);
  });

  test.each([
    ["of another kind of trigger", "{{ trigger.body }}", schedule],
    ["misspelt", "{{ trigger.boddy }}", webhook],
    ["without any trigger", "{{ trigger.date }}", ""],
  ])("one %s is told", (_what, text, triggers) => {
    expect(codes(logging(text, triggers))).toEqual(["4:46 unknown-trigger-variable warning"]);
  });

  const hook = (more: string) => `triggers: [{id: t, type: core.trigger.Webhook, key: k, ${more}}]\n`;
  test.each([
    ["{{ trigger.body }}", hook("fetchType: STORE")],
    ["{{ trigger.body.a }}", hook("fetchType: NONE")],
    ["{{ trigger.uri }}", hook("fetchType: FETCH")],
    ["{{ trigger.uri }}", webhook],
    ["x", hook(`fetchType: STORE, when: "{{ trigger.body.a }}"`)],
  ])("a webhook that does otherwise with its body does not set %s", (text, triggers) => {
    expect(theOnly("unknown-trigger-variable", logging(text, triggers)).severity).toBe("warning");
  });

  test.each([
    ["{{ trigger.uri }} {{ trigger.parts[0].uri }} {{ trigger.formFields.a[0] }}", hook("fetchType: STORE")],
    ["{{ trigger.body ?? trigger.uri }}", hook("fetchType: STORE")],
    ["{{ trigger.body }} {{ trigger.parts[0].uri }}", hook("fetchType: FETCH")],
    [
      "{{ trigger.body ?? trigger.uri }} {{ trigger.uri }}",
      hook("fetchType: STORE").replace("}]", "}, {id: u, type: core.trigger.Webhook, key: l}]"),
    ],
  ])("a webhook may set %s", (text, triggers) => {
    expect(codes(logging(text, triggers)).filter((finding) => finding.includes("trigger-variable"))).toEqual([]);
  });

  test("what tells of the trigger itself in a later version has a remedy", () => {
    expect(theOnly("unknown-trigger-variable", logging("{{ trigger._context.id }}", schedule)).hint).toContain(
      "let each trigger say who it is, in its `labels` or `inputs`",
    );
  });

  test("inside a trigger only its own are known", () => {
    const triggers =
      'triggers: [{id: t, type: core.trigger.Schedule, cron: "0 0 * * *", inputs: {x: "{{ trigger.date }} {{ trigger.body }}"}}, {id: u, type: core.trigger.Webhook, key: k}]\n';
    expect(theOnly("unknown-trigger-variable", logging("x", triggers)).hint).toBe("known: date, next, previous");
  });
});

describe("variables of a task run", () => {
  test.each(["task.id", "taskrun.id", "parent.taskrun.value", "parents[0].outputs.x"])(
    "%s does not exist in outputs of the flow",
    (name) => {
      const source = logging("x", `outputs: [{id: o, type: STRING, value: "{{ ${name} }}"}]\n`);
      expect(theOnly("variable-not-here", source).severity).toBe("warning");
    },
  );

  const value = '{id: v, type: core.debug.Return, format: "{{ taskrun.value }}"}';
  const each = (tasks: string) => flowOf(`  - {id: e, type: core.flow.ForEach, values: [1], tasks: [${tasks}]}`);

  test.each([
    ["directly inside a loop", each(value)],
    ["in a WorkingDirectory inside a loop", each(`{id: w, type: core.flow.WorkingDirectory, tasks: [${value}]}`)],
    ["behind a fallback", flowOf(`  - ${value.replace("taskrun.value", "taskrun.value ?? 1")}`)],
  ])("a value exists %s", (_where, source) => {
    expect(codes(source)).toEqual([]);
  });

  test.each([
    ["outside of loops", flowOf(`  - ${value}`), undefined],
    [
      "in a group inside a loop",
      each(`{id: s, type: core.flow.Sequential, tasks: [${value}]}`),
      "write parent.taskrun.value",
    ],
    [
      "behind a condition inside a loop",
      each(`{id: i, type: core.flow.If, condition: x, then: [${value}]}`),
      "write parent.taskrun.value",
    ],
    [
      "behind two conditions inside a loop",
      each(
        `{id: i, type: core.flow.If, condition: x, then: [{id: j, type: core.flow.If, condition: x, then: [${value}]}]}`,
      ),
      "write parents[1].taskrun.value",
    ],
    [
      "in a Loop, whose values are items",
      each("").replace("ForEach", "Loop").replace("tasks: []", `tasks: [${value}]`),
      "write item.value",
    ],
    [
      "in the errors of a loop",
      each(`${value.replace("taskrun.value", "1")}], errors: [${value.replace("v,", "w,")}`),
      undefined,
    ],
  ])("none exists %s", (_where, source, hint) => {
    expect(theOnly("variable-not-here", source).hint).toBe(hint);
  });
});

describe("the item of a Loop", () => {
  const read = '{id: v, type: core.debug.Return, format: "{{ item.value }}"}';
  const other = "{id: o, type: core.log.Log, message: m}";
  const loop = (type: string, parts: string) => flowOf(`  - {id: l, type: core.flow.${type}, values: [1], ${parts}}`);

  test.each([
    ["in its tasks", loop("Loop", `tasks: [${read}]`)],
    ["deep in them", loop("Loop", `tasks: [{id: s, type: core.flow.Sequential, tasks: [${read}]}]`)],
    ["in its errors", loop("Loop", `tasks: [${other}], errors: [${read}]`)],
    [
      "in what it declares",
      loop("Loop", `tasks: [${other}], outputs: [{id: x, type: STRING, value: "{{ item.key }}"}]`),
    ],
    [
      "where it may break",
      loop("Loop", `tasks: [${other}], breakWhen: "{{ item.index > 2 or iteration.state == 'FAILED' }}"`),
    ],
    [
      "as a name of the template",
      flowOf(`  - ${read.replace("{{ item.value }}", "{% for item in [1] %}{{ item }}{% endfor %}")}`),
    ],
    ["behind a fallback", flowOf(`  - ${read.replace("item.value", "item.value ?? 1")}`)],
    ["in a variable, for whoever renders it", `${flowOf(`  - ${other}`)}variables: {x: "{{ item.value }}"}\n`],
  ])("exists %s", (_where, source) => {
    expect(codes(source).filter((code) => code.includes("variable-not-here"))).toEqual([]);
  });

  test.each([
    ["outside of it", flowOf(`  - ${read}`), undefined],
    ["in its values", loop("Loop", `tasks: [${other}]`).replace("[1]", '"{{ item }}"'), undefined],
    ["in another loop", loop("ForEach", `tasks: [${read}]`), "the value of this loop is taskrun.value"],
    [
      "below another loop",
      loop("ForEach", `tasks: [{id: s, type: core.flow.Sequential, tasks: [${read}]}]`),
      "the value of this loop is parent.taskrun.value",
    ],
    [
      "in outputs of the flow",
      logging("x", 'outputs: [{id: o, type: STRING, value: "{{ item.value }}"}]\n'),
      undefined,
    ],
  ])("does not exist %s", (_where, source, hint) => {
    const { message, severity, hint: told } = theOnly("variable-not-here", source);
    expect([message, severity, told]).toEqual([
      "`item` does not exist here: it belongs to the iterations of a Loop",
      "warning",
      hint,
    ]);
  });
});

test("a field that no item has is told with those it has", () => {
  const tasks = '[{id: v, type: core.debug.Return, format: "{{ item.name }} {{ item.parent.value }}"}]';
  const source = flowOf(`  - {id: l, type: core.flow.Loop, values: [1], tasks: ${tasks}}`);
  const { message, hint } = theOnly("unknown-field", source);
  expect([message, hint]).toEqual(["`item` has no `name`", "known: value, index, key, parent, parents"]);
});

describe("labels", () => {
  const labels = "labels: {team: x, system.readOnly: true}\n";

  test("one that nearly has a declared name is told, any other may come with the execution", () => {
    expect(codes(logging("{{ labels.tema }}", labels))).toEqual(["4:46 undeclared-label note"]);
    expect(codes(logging("{{ labels.team }} {{ labels.customer }} {{ labels.system.correlationId }}", labels))).toEqual(
      [],
    );
    expect(codes(logging("{{ labels.tema }}"))).toEqual([]);
  });
});

describe("expressions in variables", () => {
  const variables = 'variables: {greeting: "Hello {{ inputs.name }}", plain: x}\ninputs: [{id: name, type: STRING}]\n';

  test("are not rendered by reading the variable", () => {
    expect(codes(logging("{{ vars.greeting }}", variables))).toEqual(["4:46 unrendered-variable warning"]);
  });

  test("may have been replaced by a task", () => {
    const setting = (written: string) =>
      `${flowOf(`  - {id: s, type: core.execution.SetVariables, variables: ${written}}
  - {id: l, type: core.log.Log, message: "{{ vars.greeting }}"}`)}${variables}`;
    expect(codes(setting("{greeting: x}"))).toEqual([]);
    expect(codes(setting('"{{ inputs.name }}"'))).toEqual([]);
    expect(codes(setting("{plain: x}"))).toEqual(["5:46 unrendered-variable warning"]);
  });

  test.each(["{{ render(vars.greeting) }}", "{% set g = vars.greeting %}{{ render(g) }}", "{{ vars.plain }}"])(
    "%s is fine",
    (text) => {
      expect(codes(logging(text, variables))).toEqual([]);
    },
  );
});

describe("a variable that reads another one", () => {
  test("is rendered with it, whoever renders it", () => {
    const variables = 'variables: {day: "{{ now() }}", file: "{{ vars.day }}.csv"}\n';
    expect(codes(logging("{{ render(vars.file) }}", variables))).toEqual([]);
    expect(codes(logging("{{ vars.file }}", variables))).toEqual(["4:46 unrendered-variable warning"]);
  });
});

describe("variables that render each other", () => {
  const declared = (variables: string) => logging("{{ render(vars.a) }}", `variables: ${variables}\n`);

  test.each([
    ["themselves", `{a: "{{ vars.a }}"}`, "5:20", "`vars.a` → `vars.a`"],
    ["each other", `{a: "{{ vars.b }}", b: "x {{ render(vars.a) }}"}`, "5:20", "`vars.a` → `vars.b` → `vars.a`"],
    [
      "each other, at any depth",
      `{a: "{{ vars.m['b-c'] }}", m: {b-c: ["{{ vars.a }}"]}}`,
      "5:20",
      "`vars.m['b-c'][0]`",
    ],
    [
      "each other, behind one that only begins",
      `{z: "{{ vars.a }}", a: "{{ vars.a }}"}`,
      "5:39",
      "`vars.a` → `vars.a`",
    ],
  ])("%s are told at what brings them back", (_what, variables, place, chain) => {
    const { range, message } = theOnly("variable-circle", declared(variables));
    expect(`${range.start.line}:${range.start.column}`).toBe(place);
    expect(message).toContain(chain);
  });

  test.each([
    `{a: "{{ vars.b }}", b: "{{ vars.c }}", c: x}`,
    `{a: "{{ vars.m.x }}", m: {x: "plain", y: "{{ vars.a }}"}}`,
    `{a: "{{ vars.b }} {{ vars.b }}", b: "{{ inputs.b }}"}`,
  ])("%s end", (variables) => {
    expect(codes(declared(variables)).filter((finding) => finding.includes("circle"))).toEqual([]);
  });
});

describe("a batch", () => {
  const BATCH = "batch: {maxSize: 10, timeout: PT1M}\n";

  test.each([
    "{{ batch.size }} {{ batch.key ?? '' }} {{ batch.items }}",
    "{{ batch.items[0].inputs.any }} {{ batch.items[0].trigger.body }} {{ batch.items[0].date }} {{ batch.items[0].id }}",
    "{% for start in batch.items %}{{ start.inputs.any }}{% endfor %}",
  ])("shows %s", (text) => {
    expect(codes(logging(text, BATCH))).toEqual([]);
  });

  test.each([
    ["{{ batch.itms }}", "`batch` has no `itms`"],
    ["{{ batch.items[0].input }}", "`batch.items` has no `input`"],
  ])("%s: %s", (text, message) => {
    expect(theOnly("unknown-field", logging(text, BATCH)).message).toBe(message);
  });

  test("is not there in a flow without one, nor before its execution runs", () => {
    expect(theOnly("variable-not-here", logging("{{ batch.size }}")).message).toContain("the flow has no `batch`");
    const checked = `${BATCH}checks: [{condition: "{{ batch.size > 1 }}", message: m}]\n`;
    expect(theOnly("variable-not-here", logging("x", checked)).message).toContain("known when it runs");
    expect(codes(logging("{{ batch.size ?? 1 }}"))).toEqual([]);
  });
});
