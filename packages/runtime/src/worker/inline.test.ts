import { type Environment, LazyMap, scopeOf, Suspension } from "@capstan/expression";
import type { TaskDefinition } from "@capstan/sdk";
import { expect, test } from "vitest";
import { isInline, runInlineTask } from "./inline.ts";
import { testJob, testTask } from "./test-kit/jobs.ts";
import plugin from "./test-kit/misbehaving-plugin.ts";

const environment: Environment = { now: () => 0, random: () => 0, timeZone: "UTC" };
const definitionOf = (type: string) => plugin.definitions.find((one) => one.type === type) as TaskDefinition;
const definition = definitionOf("test.InlineEcho") as Parameters<typeof runInlineTask>[0];

function run(value: string, variables: Record<string, unknown> = {}, secrets: readonly string[] = []) {
  const task = testTask("test.InlineEcho", { value });
  return runInlineTask(definition, task, scopeOf(variables), environment, {
    identity: testJob(task).identity,
    now: () => 5,
    secrets,
  });
}

test("runs within the turn of the caller and answers all that it did", () => {
  expect(run("{{ a }}!", { a: "x" })).toEqual({
    result: { state: "SUCCESS", outputs: { value: "x!" } },
    lines: [{ time: 5, level: "INFO", message: "value x!" }],
    metrics: [{ name: "length", type: "counter", value: 2 }],
  });
});

test("a mistake in an expression is a failure", () => {
  expect(run("{{ missing }}").result).toMatchObject({
    state: "FAILED",
    error: { message: expect.stringContaining("missing") },
  });
});

test("secrets of the job are hidden in its log", () => {
  expect(run("hidden", {}, ["hidden"]).lines[0]?.message).toBe("value ******");
});

test("what is not there yet passes through to the caller", () => {
  class Absent extends LazyMap {
    override get(): unknown {
      throw new Suspension(Promise.resolve());
    }
    override keys() {
      return [];
    }
  }
  expect(() => run("{{ outputs.x }}", { outputs: new Absent() })).toThrow(Suspension);
});

test("only tasks that need no worker are inline", () => {
  const task = testTask("test.InlineEcho");
  expect(isInline(definition, task)).toBe(true);
  expect(isInline(definitionOf("test.Echo"), testTask("test.Echo"))).toBe(false);
  expect(isInline(definition, { ...task, timeout: "PT1S" })).toBe(false);
  expect(isInline(undefined, task)).toBe(false);
});
