import { compile, type Environment, scopeOf, settle } from "@capstan/expression";
import { expect, test } from "vitest";
import { OutputsMap } from "./outputs-map.ts";

const environment: Environment = { now: () => 0, random: () => 0, timeZone: "UTC" };

function setup(stored: Record<string, unknown>) {
  const asked: string[] = [];
  const outputs = new OutputsMap({ carried: { value: "here" } }, async (path) => {
    asked.push(path.join("."));
    return path.length === 1 ? stored : stored[path[1]!];
  });
  const render = (source: string) =>
    settle(environment, (settling) => compile(source).render(scopeOf({ outputs }), settling));
  return { outputs, render, asked };
}

test("what the job carries is not asked for", async () => {
  const { render, asked } = setup({});
  expect(await render("{{ outputs.carried.value }}")).toBe("here");
  expect(asked).toEqual([]);
});

test("everything else is asked for once", async () => {
  const { render, asked } = setup({ other: { value: "there" } });
  expect(await render("{{ outputs.other.value }} {{ outputs.other.value }} {{ outputs.none ?? 'none' }}")).toBe(
    "there there none",
  );
  expect(asked).toEqual(["outputs.other", "outputs.none"]);
});

test("printing all of it asks for all of it", async () => {
  const { render } = setup({ other: { value: 1 } });
  expect(JSON.parse(await render("{{ outputs }}"))).toEqual({ carried: { value: "here" }, other: { value: 1 } });
});

test("outputs of tasks of the same group are found below the values of the loops around it", async () => {
  const { outputs, render } = setup({});
  outputs.add("plain", [], { value: "p" });
  outputs.add("looped", ["a", "1"], { value: "a1" });
  outputs.add("looped", ["a", "2"], { value: "a2" });
  expect(
    await render("{{ outputs.plain.value }} {{ outputs.looped.a['1'].value }} {{ outputs.looped.a['2'].value }}"),
  ).toBe("p a1 a2");
});

test("states of tasks are asked for once, when they are read", async () => {
  const asked: string[] = [];
  const { tasks } = new OutputsMap({}, async (path) => {
    asked.push(path.join("."));
    return { a: { state: "FAILED" } };
  });
  expect(asked).toEqual([]);
  const text = "{{ tasksWithState('FAILED')[0].taskId }} {{ tasks.a.state }} {{ tasks.b.state ?? 'none' }}";
  const render = (settling: Environment) => compile(text).render(scopeOf({ tasks }), settling);
  expect(await settle(environment, render)).toBe("a FAILED none");
  expect(asked).toEqual(["tasks"]);
});
