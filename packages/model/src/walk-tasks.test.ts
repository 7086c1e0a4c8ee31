import { expect, test } from "vitest";
import { accepted } from "./testing/diagnose.ts";
import { walkTasks } from "./walk-tasks.ts";

const flow = accepted(`id: a
namespace: b
tasks:
  - id: choose
    type: core.flow.Switch
    value: x
    cases: {one: [{id: c1, type: core.log.Log, message: x}]}
    defaults: [{id: d1, type: core.log.Log, message: x}]
  - {id: last, type: core.log.Log, message: x}
errors: [{id: e1, type: core.log.Log, message: x}]
listeners: [{tasks: [{id: l1, type: core.log.Log, message: x}]}]
`);

test("every task of a flow is visited with its place, parents first", () => {
  expect(Array.from(walkTasks(flow), ({ task, path, list, parent }) => [task.id, path, list, parent?.id])).toEqual([
    ["choose", "tasks[0]", "tasks", undefined],
    ["c1", "tasks[0].cases.one[0]", "cases.one", "choose"],
    ["d1", "tasks[0].defaults[0]", "defaults", "choose"],
    ["last", "tasks[1]", "tasks", undefined],
    ["e1", "errors[0]", "errors", undefined],
    ["l1", "listeners[0].tasks[0]", "tasks", undefined],
  ]);
});

test("the tasks inside a task are visited with places below it", () => {
  expect(Array.from(walkTasks(flow.tasks[0]!), ({ path }) => path)).toEqual(["cases.one[0]", "defaults[0]"]);
});
