import { expect, test } from "vitest";
import { z } from "zod";
import { checkFlow } from "./check-flow.ts";
import { deep } from "./properties.ts";
import { accepted, findings, theOnly } from "./testing/diagnose.ts";
import { permissiveCatalogue } from "./testing/permissive-catalogue.ts";

const flow = (defaults: string, tasks = "  - {id: l, type: io.kestra.plugin.core.log.Log, message: own}") =>
  `id: a\nnamespace: b\npluginDefaults:\n${defaults}\ntasks:\n${tasks}\n`;

test("a default fills what the task leaves open", () => {
  const source = flow("  - {type: io.kestra.plugin.core.log.Log, values: {level: WARN, message: default}}");
  expect(accepted(source).tasks[0]?.properties).toEqual({ level: "WARN", message: "own" });
});

test("a forced default replaces the task's value", () => {
  const source = flow("  - {type: io.kestra.plugin.core.log.Log, forced: true, values: {message: default}}");
  expect(accepted(source).tasks[0]?.properties).toEqual({ message: "default" });
});

test("common properties can be defaults too", () => {
  const source = flow(
    "  - {type: io.kestra.plugin.core.log, values: {timeout: PT1M, retry: {type: constant, interval: PT1S}}}",
  );
  expect(accepted(source).tasks[0]).toMatchObject({ timeout: "PT1M", retry: { type: "constant", intervalMs: 1_000 } });
});

test("maps are merged deeply and lists are joined, those of the default first", () => {
  const source = flow(
    "  - {type: io.kestra.plugin.core.http.Request, values: {headers: {a: 1, b: 2}, codes: [200]}}",
    "  - {id: r, type: io.kestra.plugin.core.http.Request, headers: {b: 3}, codes: [404]}",
  );
  expect(accepted(source).tasks[0]?.properties).toEqual({ headers: { a: 1, b: 3 }, codes: [200, 404] });
});

test("a default matches by the beginning of the type, by alias, and for the alias of a task", () => {
  const tasks =
    "  - {id: one, type: io.kestra.core.tasks.log.Log, message: x}\n  - {id: two, type: core.log.Log, message: x}";
  for (const type of ["io.kestra.plugin.core", "io.kestra.core.tasks.log.Log", "io.kestra.plugin.core.log.Log"]) {
    const levels = accepted(flow(`  - {type: ${type}, values: {level: WARN}}`, tasks)).tasks.map(
      ({ properties }) => properties["level"],
    );
    expect(levels).toEqual(["WARN", "WARN"]);
  }
});

test("defaults reach tasks inside tasks, triggers, conditions and task runners", () => {
  const source = `id: a
namespace: b
pluginDefaults:
  - {type: io.kestra.plugin.core.log.Log, values: {level: WARN}}
  - {type: io.kestra.plugin.core.trigger.Schedule, values: {timezone: UTC}}
  - {type: io.kestra.plugin.core.condition.DayWeek, values: {dayOfWeek: MONDAY}}
  - {type: io.kestra.plugin.acme.Runner, values: {cpu: 2}}
tasks:
  - id: seq
    type: core.flow.Sequential
    tasks: [{id: l, type: core.log.Log, message: x}]
  - {id: s, type: io.kestra.plugin.acme.Do, taskRunner: {type: io.kestra.plugin.acme.Runner}}
triggers:
  - {id: t, type: core.trigger.Schedule, cron: "@daily", conditions: [{type: core.condition.DayWeek}]}
`;
  const { tasks, triggers } = accepted(source);
  expect(tasks[0]?.lists["tasks"]?.[0]?.properties["level"]).toBe("WARN");
  expect(tasks[1]?.properties["taskRunner"]).toEqual({ type: "io.kestra.plugin.acme.Runner", cpu: 2 });
  expect(triggers[0]?.properties["timezone"]).toBe("UTC");
  expect(triggers[0]?.conditions[0]?.properties).toEqual({ dayOfWeek: "MONDAY" });
});

test("the flow's defaults come before those of the server", () => {
  const source = flow("  - {type: io.kestra.plugin.core.log.Log, values: {level: WARN}}");
  const global = [{ type: "io.kestra.plugin.core.log", values: { level: "DEBUG", timeout: "PT1S" } }];
  expect(accepted(source, { globalPluginDefaults: global }).tasks[0]).toMatchObject({
    timeout: "PT1S",
    properties: { level: "WARN" },
  });
  const forced = [{ ...global[0]!, forced: true }];
  expect(accepted(source, { globalPluginDefaults: forced }).tasks[0]?.properties["level"]).toBe("DEBUG");
});

test("a mistake in a default is shown where the default is written", () => {
  const { range, path } = theOnly(
    "invalid-value",
    flow("  - {type: io.kestra.plugin.core.log.Log, values: {level: LOUD}}"),
  );
  expect([range.start.line, range.start.column]).toEqual([4, 59]);
  expect(path).toBe("tasks[0].level");
});

test("a mistake in a default of the server is shown at the task's type", () => {
  const { range } = theOnly("invalid-value", flow("  []"), {
    globalPluginDefaults: [{ type: "io.kestra.plugin.core.log", values: { level: "LOUD" } }],
  });
  expect([range.start.line, range.start.column]).toEqual([6, 19]);
});

test("a default that a type has no property for is left out of a whole package and refused for one type", () => {
  expect(findings(flow("  - {type: io.kestra.plugin.core, values: {host: x}}"))).toEqual([]);
  expect(findings(flow("  - {type: io.kestra.plugin.core.log.Log, values: {host: x}}"))).toEqual([
    "4:52 unknown-property error",
  ]);
  const global = [{ type: "io.kestra.plugin.core.log.Log", values: { host: "x" } }];
  expect(findings(flow("  []"), { globalPluginDefaults: global })).toEqual(["6:19 default-unused warning"]);
});

test("a default without a value is refused", () => {
  expect(findings(flow("  - {type: io.kestra.plugin.core.log.Log, values: {level: null}}"))).toEqual([
    "4:59 invalid-value error",
  ]);
});

test("a default for one type names what the type has, also where the flow does not use it", () => {
  const source = flow("  - {type: io.kestra.plugin.core.trigger.Schedule, values: {crom: '@daily', disabled: true}}");
  expect(findings(source)).toEqual(["4:12 default-unused note", "4:61 unknown-property error"]);
  const { hint, path } = theOnly("unknown-property", source);
  expect(hint).toContain('did you mean "cron"?');
  expect(path).toBe("pluginDefaults[0].values.crom");
});

test("an older name of a type is checked like the current one, and a property of all tasks is known", () => {
  const values = "values: {timeout: PT1S, messege: x}";
  expect(findings(flow(`  - {type: io.kestra.core.tasks.log.Log, ${values}}`))).toEqual([
    "4:66 unknown-property error",
  ]);
});

test("a default for a type that the flow does not use is noted", () => {
  expect(findings(flow("  - {type: io.kestra.plugin.gcp, values: {a: b}}"))).toEqual(["4:12 default-unused note"]);
});

test("the old name of the section works", () => {
  const source = flow("  - {type: io.kestra.plugin.core.log.Log, values: {level: WARN}}").replace(
    "pluginDefaults",
    "taskDefaults",
  );
  expect(accepted(source).tasks[0]?.properties["level"]).toBe("WARN");
  expect(findings(source)).toEqual(["3:1 deprecated note"]);
});

test("a default whose value holds an element of its own type ends", () => {
  const type = "io.kestra.plugin.acme.Tree";
  const tree = { type, element: "task", title: "Tree", properties: z.object({ child: deep().optional() }) } as const;
  const source = flow(`  - {type: ${type}, values: {child: {type: ${type}}}}`, `  - {id: t, type: ${type}}`);
  expect(checkFlow(source, permissiveCatalogue([tree])).flow?.tasks[0]?.properties).toEqual({ child: { type } });
});
