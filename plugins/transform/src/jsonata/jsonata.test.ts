import type { JsonMap, JsonValue } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { readExpression, SEQUENCE_LENGTH_MAX } from "./evaluator.ts";
import { transformItems } from "./transform-items.ts";
import { transformValue } from "./transform-value.ts";

const FILE = "kestra:///in/rows.ion";
const LOOP = "($f := function($n) { $f($n + 1) }; $f(0))";

async function items(properties: JsonMap, lines: string) {
  await using world = createTestWorld();
  world.files.seed(FILE, lines);
  const { outputs, message } = await world.run(transformItems, { from: FILE, ...properties });
  return { message, outputs, text: outputs === undefined ? undefined : await world.files.text(String(outputs["uri"])) };
}

async function valueOf(from: JsonValue, expression: string, more: JsonMap = {}) {
  await using world = createTestWorld();
  return await world.run(transformValue, { from, expression, ...more });
}

describe("TransformValue", () => {
  test.each<[JsonValue, string, unknown]>([
    ['{"a":[1,2]}', "$sum(a)", 3],
    [{ a: [1, 2] }, "a", [1, 2]],
    [{ a: [{ b: 1 }] }, "a.b", 1],
    ["[1,2]", "$count($)", 2],
    ["no json", "$uppercase($)", "NO JSON"],
    [{}, "nothing", null],
    [{ t: "a1b22" }, "$match(t, /[0-9]+/).match", ["1", "22"]],
    [{ t: "2024-05" }, '$replace(t, /(\\d+)-(\\d+)/, "$2/$1")', "05/2024"],
    [{ t: "a, B" }, "$split(t, /,\\s*/)", ["a", "B"]],
    [{ t: "ABC" }, "$contains(t, /b/i)", true],
  ])("of %j, %s is right", async (from, expression, expected) => {
    expect(await valueOf(from, expression)).toMatchObject({ state: "SUCCESS", outputs: { value: expected } });
  });

  test("a regular expression that matches nothing but the empty text is told, not repeated for ever", async () => {
    expect((await valueOf({}, '$match("abc", /x*/)')).message).toContain("(D1004");
  });

  test.each([
    ["$sum(", /^The JSONata expression can't be read: .*\(S0203, at character 5\)\.$/],
    ['$sum("x")', /^The JSONata expression fails: .*\(T0412, at character 5\)\.$/],
    ["$nope()", /^The JSONata expression fails: .*\(T1006, at character 6\)\.$/],
    ["[1..1e9]", /^The JSONata expression fails: .*\(D201/],
    [
      '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", /^(?=(a+)+\\1$)a/)',
      /^The JSONata expression fails: .*takes too long on this text/,
    ],
  ])("%s fails, and it is told why", async (expression, message) => {
    expect((await valueOf({}, expression)).message).toMatch(message);
  });

  test("calls may be so deep, and no deeper", async () => {
    const expression = "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(20))";
    expect((await valueOf({}, expression)).outputs).toEqual({ value: 20 });
    expect((await valueOf({}, expression, { maxDepth: 20 })).message).toContain("(D1011");
  });
});

test("an evaluation ends after its time", async () => {
  const evaluate = await readExpression(LOOP, { maxDepth: 1_000, milliseconds: 20 }, new AbortController().signal);
  await expect(evaluate({})).rejects.toThrow("Evaluation timeout after 20 milliseconds");
});

test("a kill ends an evaluation that would go on", async () => {
  const controller = new AbortController();
  const evaluate = await readExpression(LOOP, { maxDepth: 1_000 }, controller.signal);
  const ended = evaluate({});
  setImmediate(() => controller.abort(new Error("killed")));
  await expect(ended).rejects.toThrow("killed");
  await expect(evaluate({})).rejects.toThrow("killed");
});

test("lists may be so long", async () => {
  const evaluate = await readExpression(
    `$count([1..${SEQUENCE_LENGTH_MAX}])`,
    { maxDepth: 10 },
    new AbortController().signal,
  );
  expect(await evaluate({})).toBe(SEQUENCE_LENGTH_MAX);
});

describe("TransformItems", () => {
  test.each<[JsonMap, string, number]>([
    [{ expression: "a" }, "1\n2\n3\n", 3],
    [{ expression: "a", explodeArray: false }, "[1,2]\n3\n", 2],
    [{ expression: "{'n': $count(a)}" }, '{"n":2}\n{"n":1}\n', 2],
    [{ expression: "b" }, "null\nnull\n", 2],
  ])("with %j", async (properties, text, processedItemsTotal) => {
    const made = await items(properties, '{"a":[1,2]}\n{a:3}\n');
    expect(made.message).toBeUndefined();
    expect(made.text).toBe(text);
    expect(made.outputs).toMatchObject({ processedItemsTotal });
  });

  test("a file that holds no records is told", async () => {
    expect((await items({ expression: "a" }, "{\n")).message).toMatch(/^Line 1 is no record: /);
  });
});
