import { describe, expect, test } from "vitest";
import { accepted, findings, flowOf, flowWith, theOnly } from "../testing/diagnose.ts";

test("task ids are unique over all lists of the flow", () => {
  const { message, range, hint } = theOnly(
    "duplicate-task-id",
    `id: a
namespace: b
tasks:
  - {id: one, type: core.log.Log, message: x}
  - id: two
    type: core.flow.Sequential
    tasks: [{id: one, type: core.log.Log, message: x}]
errors: [{id: three, type: core.log.Log, message: x}]
finally: [{id: three, type: core.log.Log, message: x}]
afterExecution: [{id: two, type: core.log.Log, message: x}]
`,
  );
  expect(message).toBe("Duplicate task id with name [one, two, three]");
  expect([range.start.line, range.start.column]).toEqual([7, 18]);
  expect(hint).toBe('"one" is in lines 4, 7; "two" is in lines 5, 10; "three" is in lines 8, 9');
});

test.each([
  [
    "triggers",
    "triggers: [{id: t, type: core.trigger.Webhook, key: k}, {id: t, type: core.trigger.Webhook, key: l}]",
    "3:62 duplicate-trigger-id error",
  ],
  ["inputs", "inputs: [{id: i, type: STRING}, {id: i, type: INT}]", "3:38 duplicate-input error"],
  [
    "outputs",
    "outputs: [{id: o, type: STRING, value: x}, {id: o, type: STRING, value: y}]",
    "3:49 duplicate-output error",
  ],
  [
    "inputs of a Pause",
    "errors: [{id: p, type: core.flow.Pause, onResume: [{id: i, type: STRING}, {id: i, type: INT}]}]",
    "3:80 duplicate-input error",
  ],
  [
    "preconditions",
    "triggers: [{id: t, type: core.trigger.Flow, preconditions: {id: p, flows: [{namespace: n}]}}, {id: u, type: core.trigger.Flow, preconditions: {id: p, flows: [{namespace: n}]}}]",
    "3:148 duplicate-preconditions error",
  ],
])("ids of %s are unique", (_what, sections, expected) => {
  expect(findings(flowWith(sections))).toEqual([expected]);
});

test.each(["Subflow", "ForEachItem"])("a %s can't call its own flow", (type) => {
  const { message, range } = theOnly(
    "recursive-flow",
    flowOf(
      `  - {id: s, type: core.flow.${type}, items: x, namespace: b, flowId: a}`.replace(
        type === "Subflow" ? " items: x," : " none",
        "",
      ),
    ),
  );
  expect(message).toBe("Recursive call to flow [b.a]");
  expect(range.start.line).toBe(4);
});

test("a subflow of the same name in another namespace is no recursion", () => {
  expect(findings(flowOf("  - {id: s, type: core.flow.Subflow, namespace: other, flowId: a}"))).toEqual([]);
});

test("system labels are refused, one by one; only readOnly may be set", () => {
  expect(findings(flowWith("labels: {system.from: x, system.readOnly: true, system.y: z}"))).toEqual([
    "3:10 system-label error",
    "3:49 system-label error",
  ]);
});

test("labels are a map or a list, and of one key the last wins", () => {
  expect(accepted(flowWith("labels: [{key: a, value: 1}, {key: b, value: x}, {key: a, value: true}]")).labels).toEqual({
    a: "true",
    b: "x",
  });
});

test("labels without a value are left out and told", () => {
  const source = flowWith("labels: {a: '', b:, c: d}");
  expect(findings(source)).toEqual(["3:10 label-dropped warning", "3:17 label-dropped warning"]);
  expect(accepted(source).labels).toEqual({ c: "d" });
});

const SCHEDULE = "triggers:\n  - {id: s, type: core.trigger.Schedule, cron: '@daily'}";

test.each([
  [
    "has a required input without default",
    "inputs: [{id: i, type: STRING}]",
    ["5:10 required-input-of-trigger warning"],
  ],
  ["has a default for it", "inputs: [{id: i, type: STRING, defaults: x}]", []],
  ["does not require it", "inputs: [{id: i, type: STRING, required: false}]", []],
  [
    "needs it only in some cases",
    "inputs: [{id: j, type: BOOL, defaults: false}, {id: i, type: STRING, dependsOn: {inputs: [j]}}]",
    [],
  ],
])("a trigger starts a flow that %s", (_what, inputs, expected) => {
  expect(findings(flowWith(`${inputs}\n${SCHEDULE}`))).toEqual(expected);
});

test("a schedule without a required input is refused where what can only fail is", () => {
  const source = (trigger: string) => flowWith(`inputs: [{id: i, type: STRING}]\ntriggers: [${trigger}]`);
  const strict = { strictExpressions: true };
  for (const trigger of [
    "{id: s, type: core.trigger.Schedule, cron: '@daily'}",
    "{id: s, type: core.trigger.ScheduleOnDates, dates: ['2030-01-01T00:00:00Z']}",
  ])
    expect(theOnly("required-input-of-trigger", source(trigger), strict).severity).toBe("error");
  const webhook = source("{id: s, type: core.trigger.Webhook, key: k}");
  expect(theOnly("required-input-of-trigger", webhook, strict).severity).toBe("warning");
});

test("a trigger that passes the input is fine, and so is a disabled one", () => {
  const inputs = "inputs: [{id: i, type: STRING}]";
  expect(findings(flowWith(`${inputs}\n${SCHEDULE.replace("}", ", inputs: {i: x}}")}`))).toEqual([]);
  expect(findings(flowWith(`${inputs}\n${SCHEDULE.replace("}", ", disabled: true}")}`))).toEqual([]);
});

test("for a webhook the hint says how a request fills the input", () => {
  const { hint } = theOnly(
    "required-input-of-trigger",
    flowWith("inputs: [{id: i, type: STRING}]\ntriggers: [{id: w, type: core.trigger.Webhook, key: k}]"),
  );
  expect(hint).toContain("a field of the request's body or query with the same name fills it");
});

test.each([
  ["window: {deadline: '09:00:00', timezone: Europe/Paris}", []],
  ["window: {from: '06:00', to: '09:00'}", []],
  ["window: {every: PT6H, offset: PT1H, fireOnce: true}", []],
  ["window: {lookback: PT2H}", []],
  ["window: PT2H, mode: AT_LEAST, minSatisfied: 1", []],
  ["window: {from: '06:00'}", ["3:87 missing-property error"]],
  ["window: {deadline: '09:00', lookback: PT2H}", ["3:106 invalid-value error"]],
  ["window: {every: PT6H, timezone: Mars/Base}", ["3:110 invalid-value error"]],
  ["mode: AT_LEAST", ["3:13 missing-property error"]],
  ["mode: AT_LEAST, minSatisfied: 2", ["3:108 invalid-value error"]],
])("a Flow trigger that depends on others with %s", (more, expected) => {
  const dependsOn = "dependsOn: [{states: [FAILED]}]";
  const source = `triggers: [{id: t, type: core.trigger.Flow, ${dependsOn}, ${more}}]`;
  expect(findings(flowWith(source))).toEqual(expected);
});

test("`when` is the newer spelling of a check's `condition` and of a task's `runIf`, which go first", () => {
  const flow = accepted(
    flowWith(`checks: [{when: "{{ inputs.x }}", message: no}, {condition: a, when: b, message: no}]
errors: [{id: e, type: core.log.Log, message: x, when: "{{ false }}"}, {id: f, type: core.log.Log, message: x, when: a, runIf: b}]
policyRefs: [some]`),
  );
  expect(flow.checks.map(({ condition }) => condition)).toEqual(["{{ inputs.x }}", "a"]);
  expect(flow.errors.map(({ runIf }) => runIf)).toEqual(["{{ false }}", "b"]);
  expect(
    findings(flowWith("checks: [{condition: a, when: b, message: no}, {message: no}]\npolicyRefs: [some]")),
  ).toEqual(["3:25 ignored-property warning", "3:49 missing-property error", "4:1 ignored-property note"]);
});

test("listeners, checks, service levels and concurrency are read", () => {
  const flow = accepted(
    flowWith(`
concurrency: {limit: 2, behavior: CANCEL}
sla:
  - {id: slow, type: MAX_DURATION, duration: PT1H, behavior: FAIL, labels: {sla: missed}}
  - {id: wrong, type: EXECUTION_ASSERTION, assert: "{{ true }}", behavior: NONE}
checks: [{condition: "{{ true }}", message: no}]
listeners: [{conditions: [{type: core.condition.ExecutionStatus, in: [FAILED]}], tasks: [{id: t, type: core.log.Log, message: x}]}]
retry: {type: exponential, interval: PT1S, maxInterval: PT10S, maxDuration: PT1M, behavior: CREATE_NEW_EXECUTION}
`),
  );
  expect(flow.concurrency).toEqual([{ limit: 2, behavior: "CANCEL" }]);
  expect(flow.sla).toEqual([
    { id: "slow", type: "MAX_DURATION", durationMs: 3_600_000, behavior: "FAIL", labels: { sla: "missed" } },
    { id: "wrong", type: "EXECUTION_ASSERTION", assert: "{{ true }}", behavior: "NONE", labels: {} },
  ]);
  expect(flow.checks).toEqual([{ condition: "{{ true }}", message: "no", style: "INFO", behavior: "BLOCK_EXECUTION" }]);
  expect(flow.listeners[0]?.conditions).toEqual([
    { type: "io.kestra.plugin.core.condition.ExecutionStatus", properties: { in: ["FAILED"] } },
  ]);
  expect(flow.retry).toEqual({
    type: "exponential",
    intervalMs: 1_000,
    maxIntervalMs: 10_000,
    delayFactor: 2,
    maxDurationMs: 60_000,
    warningOnRetry: false,
    behavior: "CREATE_NEW_EXECUTION",
  });
});

test.each([
  ["{type: constant}", "3:9 missing-property error"],
  ["{interval: PT1S}", "3:9 missing-property error"],
  ["{type: sometimes, interval: PT1S}", "3:15 invalid-value error"],
  ["{type: constant, interval: 5s}", "3:35 invalid-value error"],
  ["{type: constant, interval: PT1M, maxDuration: PT1M}", "3:54 invalid-value error"],
  ["{type: exponential, interval: PT1M, maxInterval: PT1S}", "3:57 invalid-value error"],
  ["{type: random, minInterval: PT1M, maxInterval: PT1S}", "3:55 invalid-value error"],
  ["{type: random, minInterval: PT1S, maxInterval: PT1M, maxDuration: PT10S}", "3:74 invalid-value error"],
  ["{type: constant, interval: PT1S, maxAttempts: 0}", "3:54 invalid-value error"],
  ["often", "3:8 wrong-type error"],
])("the retry %s is refused", (retry, expected) => {
  expect(findings(flowWith(`retry: ${retry}`))).toEqual([expected]);
});

test.each([
  ["[a, 1, {b: c}, '{{ 1 }}', '']", []],
  ['"[1, 2]"', []],
  ['"{{ [1, 2] }}"', []],
  ["[1.5]", ["4:47 loop-value warning"]],
  ["[a, true, ~, [b]]", ["4:50 loop-value warning", "4:56 loop-value warning", "4:59 loop-value warning"]],
  ["one", ["4:46 loop-value warning"]],
])("a loop over %s", (values, expected) => {
  const inside = "tasks: [{id: l, type: core.log.Log, message: x}]";
  expect(findings(flowOf(`  - {id: e, type: core.flow.ForEach, values: ${values}, ${inside}}`))).toEqual(expected);
});

test.each([
  ["{field: FLOW_ID, type: IN, values: [a]}", []],
  ["{field: EXPRESSION, type: IS_TRUE}", []],
  ["{field: EXPRESSION, type: IS_TRUE, value: '{{ true }}'}", []],
  ["{field: FLOW_ID, type: IN, value: a}", ["missing-property error", "invalid-value error"]],
  ["{field: FLOW_ID, type: EQUAL_TO, values: [a]}", ["missing-property error", "invalid-value error"]],
  ["{field: FLOW_ID, type: CONTAINS, value: a, values: [a]}", ["invalid-value error"]],
  ["{field: FLOW_ID, type: IS_NULL, values: [a]}", ["invalid-value error"]],
])("the filter %s of preconditions", (filter, expected) => {
  const source = flowWith(
    `triggers: [{id: t, type: core.trigger.Flow, preconditions: {id: p, where: [{id: w, filters: [${filter}]}]}}]`,
  );
  expect(findings(source).map((one) => one.replace(/^\S+ /, ""))).toEqual(expected);
});

test.each([
  ["{type: DAILY_TIME_DEADLINE, deadline: '09:00:00Z'}", []],
  ["{type: DAILY_TIME_DEADLINE}", ["missing-property error"]],
  ["{type: DAILY_TIME_WINDOW, startTime: '09:00:00Z'}", ["missing-property error"]],
  ["{type: SLIDING_WINDOW}", []],
  ["{window: PT1H, windowAdvance: PT1M}", []],
  ["{window: PT1H, deadline: '09:00:00Z'}", ["invalid-value error"]],
  ["{type: DAILY_TIME_DEADLINE, deadline: '09:00:00Z', window: PT1H}", ["invalid-value error"]],
  ["{type: SLIDING_WINDOW, windowAdvance: PT1H}", ["invalid-value error"]],
])("the time window %s", (window, expected) => {
  const source = flowWith(
    `triggers: [{id: t, type: core.trigger.Flow, preconditions: {id: p, flows: [{namespace: n}], timeWindow: ${window}}}]`,
  );
  expect(findings(source).map((one) => one.replace(/^\S+ /, ""))).toEqual(expected);
});

describe("a condition without an expression", () => {
  const log = (more: string) => flowOf(`  - {id: l, type: core.log.Log, message: x, ${more}}`);
  const branch = (condition: string) =>
    flowOf(`  - {id: i, type: core.flow.If, condition: ${condition}, then: [{id: l, type: core.log.Log, message: x}]}`);

  test.each([
    ["of a task", log("runIf: inputs.x"), 'write "{{ inputs.x }}"'],
    ["in the newer spelling", log("when: 1 == 2"), 'write "{{ 1 == 2 }}"'],
    ["of a branch", branch("outputs.a.value is defined"), 'write "{{ outputs.a.value is defined }}"'],
    [
      "of a trigger",
      flowWith('triggers:\n  - {id: t, type: core.trigger.Webhook, key: x, when: "trigger.body.ok and true"}'),
      'write "{{ trigger.body.ok and true }}"',
    ],
  ])("%s is told to be true always", (_where, source, hint) => {
    const { severity, hint: told } = theOnly("plain-condition", source);
    expect([severity, told]).toEqual(["warning", hint]);
  });

  test.each([
    ["a truth value", log("runIf: false")],
    ["a word", branch("x")],
    ["an expression", log('runIf: "{{ inputs.x ?? 1 == 2 }}"')],
    ["an expression in text", log('runIf: "{% if 1 == 2 %}a == b{% endif %}"')],
    ["the property of another kind of task", flowOf("  - {id: l, type: acme.Do, condition: a == b}")],
  ])("%s is fine", (_what, source) => {
    expect(findings(source).filter((finding) => finding.includes("plain-condition"))).toEqual([]);
  });
});
