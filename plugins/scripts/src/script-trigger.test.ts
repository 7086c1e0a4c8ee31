import { readdir } from "node:fs/promises";
import type { JsonMap, JsonValue, TaskCommand, TriggerDefinition } from "@capstan/sdk";
import {
  createTestWorld,
  runProcess,
  type TestOptions,
  type TestRenderer,
  variablesRenderer,
} from "@capstan/sdk/test-kit";
import { expect, onTestFinished, test } from "vitest";
import plugin from "./index.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const at = { timestamp: "2026-01-02T03:04:05.000Z" };
const say = (outputs: JsonMap) => `echo '::${JSON.stringify({ outputs })}::'`;

/** Paths, and the one expression that a condition is matched by. */
function rendererOver(variables: Record<string, unknown>): TestRenderer {
  const paths = variablesRenderer(variables);
  return {
    ...paths,
    evaluate: (value, extra) =>
      value === "{{ shown | regexMatch(condition) }}"
        ? new RegExp(String(extra?.["condition"])).test(String(extra?.["shown"]))
        : paths.evaluate(value, extra),
  };
}

function setup(options: TestOptions = {}) {
  const asked: { readonly command: TaskCommand; readonly runner: JsonMap | undefined }[] = [];
  const world = createTestWorld({
    now: () => NOW,
    renderer: rendererOver(options.variables ?? {}),
    runCommand: (command, runner) => {
      asked.push({ command, runner });
      return runProcess(command);
    },
    ...options,
  });
  onTestFinished(() => world[Symbol.asyncDispose]());
  const poll = (name: string, properties: JsonMap) => {
    const definition = plugin.definitions.find(({ type }) => type === `io.kestra.plugin.scripts.${name}`);
    return world.poll(definition as TriggerDefinition, properties);
  };
  return { world, asked, poll };
}

test.each<[string, string, string, boolean]>([
  ["the code of a failure", "exit 3", "exit 3", true],
  ["another code", "exit 3", "exit 4", false],
  ["the code of a run that ends well", "true", " EXIT 0 ", true],
  ["a part of the outputs", say({ rows: 12, name: "x" }), "rows=1", true],
  ["a regular expression", say({ rows: 12 }), "rows=[1-9]\\d,?", true],
  ["one that does not match", say({ rows: 0 }), "rows=[1-9]", false],
  ["lists and maps within", say({ a: [1, { b: null }] }), "\\{a=\\[1, \\{b=null\\}\\]\\}", true],
  ["what is no regular expression", say({ a: "x(y" }), "x(", true],
  ["no outputs", "echo rows=1", "rows", false],
  ["outputs of a run that failed", `${say({ rows: 1 })}\nexit 1`, "rows", false],
])("a condition may be %s", async (_what, script, exitCondition, holds) => {
  const { poll } = setup();
  const event = await poll("shell.ScriptTrigger", { script, exitCondition });
  expect(event?.variables !== undefined).toBe(holds);
});

test("the event tells the condition, the code and the outputs", async () => {
  const { poll } = setup({ variables: { code: 7 } });
  expect(
    await poll("shell.CommandsTrigger", { commands: ["true", "exit 7"], exitCondition: "exit {{ code }}" }),
  ).toEqual({
    variables: { ...at, condition: "exit 7", exitCode: 7, vars: null },
    position: true,
  });
  expect(await poll("python.ScriptTrigger", { script: "print('x')", exitCondition: "exit 0" })).toEqual({
    variables: { ...at, condition: "exit 0", exitCode: 0, vars: {} },
    position: true,
  });
});

test.each<[string, JsonValue | undefined, boolean, string, unknown]>([
  ["starts the flow when it comes to hold", false, true, "exit 0", { position: true }],
  ["starts nothing while it holds", true, true, "exit 0", undefined],
  ["is ready again when it holds no longer", true, true, "exit 1", { position: false }],
  ["starts nothing while it does not hold", undefined, true, "exit 1", undefined],
  ["without edge starts the flow at each run", true, false, "exit 0", {}],
])("a condition %s", async (_what, position, edge, exitCondition, expected) => {
  const { poll } = setup(position === undefined ? {} : { position });
  const answer = await poll("shell.ScriptTrigger", { script: "true", exitCondition, edge });
  const { variables: _variables, ...rest } = answer ?? {};
  expect(answer === undefined ? undefined : rest).toEqual(expected);
});

test("it runs with the image of its language, where it says, and with no keys of a task run", async () => {
  const { poll, asked, world } = setup();
  const taskRunner = { type: "a.b.Runner", cpu: 1 };
  await poll("python.ScriptTrigger", { script: "print(1)", exitCondition: "exit 0" });
  await poll("shell.ScriptTrigger", { script: "env", exitCondition: "exit 0", containerImage: "alpine", taskRunner });
  expect(asked.map(({ command, runner }) => [command.containerImage, runner?.["type"]])).toEqual([
    ["python:3.13-slim", undefined],
    ["alpine", "a.b.Runner"],
  ]);
  expect(world.logs.map(({ message }) => message).filter((line) => /_KEY=/u.test(line))).toEqual([]);
  expect(await readdir(await world.workingDirectory())).toEqual([expect.stringMatching(/script-.*\.py$/u)]);
});

test("a run that can't be made is a failure, not a run that failed", async () => {
  const { poll } = setup({ runCommand: () => Promise.reject(new Error("no containers here")) });
  await expect(poll("shell.ScriptTrigger", { script: "true", exitCondition: "exit 1" })).rejects.toThrow(
    "no containers here",
  );
});
