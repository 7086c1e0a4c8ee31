import { expect, test } from "vitest";
import { checkFlow } from "../check-flow.ts";
import { permissiveCatalogue } from "../testing/permissive-catalogue.ts";

const catalogue = permissiveCatalogue();

/** What the checker says of a flow in which one task, `reader`, reads the outputs of another, `target`; `?` marks a race. */
function reasonFor(sections: string): string | undefined {
  const source = `id: a\nnamespace: b\n${sections
    .replaceAll("READER", '{id: reader, type: core.debug.Return, format: "{{ outputs.target.value }}"}')
    .replaceAll("TARGET", "{id: target, type: core.debug.Return, format: x}")
    .replaceAll("OTHER", "{id: other, type: core.debug.Return, format: x}")}\n`;
  const { diagnostics } = checkFlow(source, catalogue);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("; "));
  const found = diagnostics.find(({ code }) => code.startsWith("outputs-"));
  return found?.message.replace(/^.*: /, found.code === "outputs-unordered" ? "? " : "");
}

test.each([
  ["an earlier task of the list", "tasks: [TARGET, READER]", undefined],
  ["a later task of the list", "tasks: [READER, TARGET]", '"target" runs later'],
  [
    "a task inside an earlier group",
    "tasks: [{id: g, type: core.flow.Sequential, tasks: [TARGET]}, READER]",
    undefined,
  ],
  [
    "a task inside a later group",
    "tasks: [READER, {id: g, type: core.flow.Sequential, tasks: [TARGET]}]",
    '"g" runs later',
  ],
  [
    "a later task from inside a group",
    "tasks: [{id: g, type: core.flow.Sequential, tasks: [READER]}, TARGET]",
    '"target" runs later',
  ],
  ["a main task from errors", "tasks: [TARGET]\nerrors: [READER]", undefined],
  ["an errors task from a main task", "tasks: [READER]\nerrors: [TARGET]", "it runs later, in `errors`"],
  ["an errors task from finally", "tasks: [OTHER]\nerrors: [TARGET]\nfinally: [READER]", undefined],
  ["a finally task from errors", "tasks: [OTHER]\nerrors: [READER]\nfinally: [TARGET]", "it runs later, in `finally`"],
  ["a later main task from errors", "tasks: [OTHER, TARGET]\nerrors: [READER]", undefined],
  ["any task from afterExecution", "tasks: [OTHER]\nfinally: [TARGET]\nafterExecution: [READER]", undefined],
  [
    "afterExecution from a main task",
    "tasks: [READER]\nafterExecution: [TARGET]",
    "it runs later, in `afterExecution`",
  ],
  [
    "a sibling that runs at the same time",
    "tasks: [{id: p, type: core.flow.Parallel, tasks: [READER, TARGET]}]",
    "? it runs at the same time",
  ],
  [
    "an earlier sibling in a Parallel that runs one task at a time",
    "tasks: [{id: p, type: core.flow.Parallel, concurrent: 1, tasks: [TARGET, READER]}]",
    undefined,
  ],
  [
    "a task in another branch of a Parallel",
    "tasks: [{id: p, type: core.flow.Parallel, tasks: [{id: s, type: core.flow.Sequential, tasks: [TARGET]}, READER]}]",
    "? it runs at the same time",
  ],
  [
    "a sibling in a Dag without order",
    "tasks: [{id: d, type: core.flow.Dag, tasks: [{task: READER}, {task: TARGET}]}]",
    '? "reader" does not wait for it',
  ],
  [
    "a task of a Dag that the reader waits for over another",
    "tasks: [{id: d, type: core.flow.Dag, tasks: [{task: TARGET}, {task: OTHER, dependsOn: [target]}, {task: READER, dependsOn: [other]}]}]",
    undefined,
  ],
  [
    "a disabled task",
    "tasks: [{id: target, type: core.debug.Return, format: x, disabled: true}, READER]",
    '"target" is disabled',
  ],
  [
    "a task in a disabled group",
    "tasks: [{id: g, type: core.flow.Sequential, disabled: true, tasks: [TARGET]}, READER]",
    '"g" is disabled',
  ],
  [
    "a task from inside the same disabled group",
    "tasks: [{id: g, type: core.flow.Sequential, disabled: true, tasks: [TARGET, READER]}]",
    undefined,
  ],
  [
    "a task of a Dag that waits for the reader",
    "tasks: [{id: d, type: core.flow.Dag, tasks: [{task: TARGET, dependsOn: [reader]}, {task: READER}]}]",
    'it waits for "reader"',
  ],
  [
    "a task of a Dag that the reader waits for",
    "tasks: [{id: d, type: core.flow.Dag, tasks: [{task: TARGET}, {task: READER, dependsOn: [target]}]}]",
    undefined,
  ],
  [
    "the other branch of an If",
    'tasks: [{id: i, type: core.flow.If, condition: "{{ true }}", then: [TARGET], else: [READER]}]',
    "it runs in another branch, `then`",
  ],
  [
    "another case of a Switch",
    'tasks: [{id: s, type: core.flow.Switch, value: "x", cases: {a: [TARGET], b: [READER]}}]',
    "it runs in another branch, `cases.a`",
  ],
  [
    "the task of onPause from the tasks after it",
    "tasks: [{id: p, type: core.flow.Pause, onPause: TARGET, tasks: [READER]}]",
    undefined,
  ],
  [
    "a later sibling in a loop, whose last round may have run it",
    "tasks: [{id: e, type: core.flow.ForEach, values: [1], tasks: [READER, TARGET]}]",
    undefined,
  ],
  [
    "a task behind a loop from inside it",
    "tasks: [{id: e, type: core.flow.ForEach, values: [1], tasks: [READER]}, TARGET]",
    '"target" runs later',
  ],
])("reading %s", (_what, sections, reason) => {
  expect(reasonFor(sections)).toBe(reason);
});

test.each([
  [
    "a task's own outputs",
    '{id: target, type: core.debug.Return, format: "{{ outputs.target.value }}"}',
    "a task can't read its own outputs",
  ],
  [
    "own outputs with a fallback",
    "{id: target, type: core.debug.Return, format: \"{{ outputs.target.value ?? '' }}\"}",
    undefined,
  ],
  [
    "the group a task is in",
    '{id: target, type: core.flow.Switch, value: x, cases: {x: [{id: r, type: core.debug.Return, format: "{{ outputs.target.value }}"}]}}',
    undefined,
  ],
  [
    "a child, in the condition of an If",
    '{id: i, type: core.flow.If, condition: "{{ outputs.target.value }}", then: [TARGET]}',
    "it runs inside this task, after this is rendered",
  ],
  [
    "a child, in the condition of a loop",
    '{id: i, type: core.flow.LoopUntil, condition: "{{ outputs.target.value }}", tasks: [TARGET]}',
    undefined,
  ],
  [
    "the rounds of the loop itself",
    '{id: target, type: core.flow.LoopUntil, condition: "{{ outputs.target.iterationCount > 3 }}", tasks: [OTHER]}',
    undefined,
  ],
])("reading %s", (_what, task, reason) => {
  expect(reasonFor(`tasks: [${task}]`)).toBe(reason);
});

test.each([
  ["a later task of the same round", "tasks: [READER, TARGET]", '"target" runs later'],
  ["an earlier task of the same round", "tasks: [TARGET, READER]", undefined],
])("with the value of its own round, a task of a loop reads %s", (_what, tasks, reason) => {
  const read = tasks.replace(
    "READER",
    '{id: reader, type: core.debug.Return, format: "{{ outputs.target[taskrun.value].value }}"}',
  );
  expect(reasonFor(`tasks: [{id: e, type: core.flow.ForEach, values: [1], ${read}}]`)).toBe(reason);
});

test.each([
  ["the outputs of the flow", "outputs: [{id: o, type: STRING, value: EXPRESSION}]", "afterExecution: [TARGET]"],
  ["the default of an input", "inputs: [{id: i, type: STRING, defaults: EXPRESSION}]", ""],
  ["a check of the start", "checks: [{condition: EXPRESSION, message: m}]", ""],
  ["a trigger", 'triggers: [{id: t, type: core.trigger.Schedule, cron: "0 0 * * *", inputs: {i: EXPRESSION}}]', ""],
])("%s can't read what runs later", (_what, section, other) => {
  const tasks = other === "" ? "tasks: [TARGET]" : `tasks: [OTHER]\n${other}`;
  const text = section.replace("EXPRESSION", '"{{ outputs.target.value }}"');
  expect(reasonFor(`${text}\n${tasks}`)).toMatch(/^(?:it runs after these outputs are made|no task has run yet)/);
});

test("outputs of the flow may read every task", () => {
  expect(
    reasonFor(
      'outputs: [{id: o, type: STRING, value: "{{ outputs.target.value }}"}]\ntasks: [OTHER]\nfinally: [TARGET]',
    ),
  ).toBeUndefined();
});
