import { scopeOf, Suspension } from "@capstan/expression";
import type { Input, InputType } from "@capstan/model";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describeViolations, type InputContext, resolveInputs } from "./resolve-inputs.ts";

const environment = { now: () => 0, random: () => 0.5, timeZone: "UTC" };
const context: InputContext = {
  scope: scopeOf({ flow: { id: "f" }, vars: { answer: 42 } }),
  environment,
  source: "api",
};

function input(id: string, type: InputType, properties: Partial<Input> = {}): Input {
  return { id, type, writtenType: type, required: true, ...properties };
}

/** The value, or the message of the only violation. */
function resolveOne(
  type: InputType,
  given: unknown,
  properties: Partial<Input> = {},
  source: InputContext["source"] = "api",
) {
  const resolved = resolveInputs([input("x", type, properties)], { x: given }, { ...context, source });
  return "violations" in resolved ? resolved.violations[0]!.message : resolved.values["x"];
}

describe("coercion", () => {
  it.each<[InputType, unknown, unknown, Partial<Input>?]>([
    ["STRING", "text", "text"],
    ["STRING", 12, "12"],
    ["STRING", true, "true"],
    ["STRING", { a: 1 }, '{"a":1}'],
    ["INT", "42", 42],
    ["INT", -3, -3],
    ["FLOAT", "42.42", 42.42],
    ["FLOAT", 1, 1],
    ["FLOAT", "1e3", 1000],
    ["BOOL", "TRUE", true],
    ["BOOL", "yes", false],
    ["BOOL", false, false],
    ["DATETIME", "2019-10-06T18:27:49Z", "2019-10-06T18:27:49Z"],
    ["DATETIME", "2019-10-06T18:27:49.5+02:00", "2019-10-06T16:27:49.500Z"],
    ["DATE", "2019-10-06", "2019-10-06"],
    ["TIME", "18:27:49", "18:27:49"],
    ["TIME", "18:27", "18:27:00"],
    ["TIME", "18:27:01.5", "18:27:01.500"],
    ["DURATION", "PT5M6S", "PT5M6S"],
    ["DURATION", "P1D", "PT24H"],
    ["JSON", "{}", {}],
    ["JSON", '{"a":"b"}', { a: "b" }],
    ["JSON", { a: [1] }, { a: [1] }],
    ["YAML", "a: [1, two]", { a: [1, "two"] }],
    ["YAML", { a: 1 }, { a: 1 }],
    ["ION", "{a: 1, b: [two, null]}", { a: 1, b: ["two", null] }],
    ["ION", { a: 1 }, { a: 1 }],
    ["URI", "https://www.google.com", "https://www.google.com"],
    ["URI", "mailto:a@b.c", "mailto:a@b.c"],
    ["FILE", "kestra:///a/b.csv", "kestra:///a/b.csv"],
    ["SECRET", "s3cret", "s3cret"],
    ["ARRAY", "[1, 2, 3]", [1, 2, 3], { itemType: "INT" }],
    ["ARRAY", ["1", 2], [1, 2], { itemType: "INT" }],
    ["ARRAY", [1], ["1"], { itemType: "STRING" }],
    ["SELECT", "A", "A", { values: ["A", "B"] }],
    ["SELECT", "C", "C", { values: ["A", "B"], allowCustomValue: true }],
    ["SELECT", "C", "C", { values: ["A", "B"], required: false }],
    ["MULTISELECT", '["A"]', ["A"], { values: ["A", "B"] }],
    ["MULTISELECT", ["B", "A"], ["B", "A"], { values: ["A", "B"] }],
    ["EMAIL", "a@example.com", "a@example.com"],
    ["EMAIL", "root@localhost", "root@localhost"],
    ["EMAIL", "", ""],
  ])("%s takes %j as %j", (type, given, expected, properties) => {
    expect(resolveOne(type, given, properties)).toEqual(expected);
  });

  it.each<[InputType, unknown, string]>([
    ["INT", "abc", "Expected `INT` but received `abc`"],
    ["INT", 1.5, "Expected `INT` but received `1.5`"],
    ["FLOAT", "x", "Expected `FLOAT` but received `x`"],
    ["DATETIME", "2019-10-06", "Expected `DATETIME` but received `2019-10-06`"],
    ["DATE", "2019-13-01", "Expected `DATE` but received `2019-13-01`"],
    ["TIME", "25:00", "Expected `TIME` but received `25:00`"],
    ["TIME", "10:15:60", "Expected `TIME` but received `10:15:60`"],
    ["YAML", "a: {", "Expected `YAML` but received `a: {`"],
    ["ION", "{a: ", "Expected `ION` but received `{a: `"],
    ["EMAIL", "a@b@c.de", "it must be an email address"],
    ["DURATION", "5m", "Expected `DURATION` but received `5m`"],
    ["JSON", "{", "Expected `JSON` but received `{`"],
    ["URI", "http:/bla", "Expected `URI` but received `http:/bla`"],
    ["URI", "no scheme", "Expected `URI` but received `no scheme`"],
    ["FILE", "/etc/passwd", "Expected `FILE` but received `/etc/passwd`"],
    ["FILE", "file:///etc/passwd", "Expected `FILE` but received `file:///etc/passwd`"],
    ["EMAIL", "nobody", "it must be an email address"],
  ])("%s refuses %j", (type, given, reason) => {
    const shown = typeof given === "string" ? given : JSON.stringify(given);
    const received = reason.startsWith("Expected ") ? "" : `, but received \`${shown}\``;
    expect(resolveOne(type, given)).toBe(`Invalid input for \`x\`, ${reason}${received}`);
  });

  it("names the element of an array that can't be read", () => {
    expect(resolveOne("ARRAY", '["s1","s2"]', { itemType: "INT" })).toBe(
      'Invalid input for `x`, Unable to parse array element as `INT` on `s1`, but received `["s1","s2"]`',
    );
  });

  it("lets a default name a file of the server, whoever starts the flow", () => {
    expect(resolveOne("FILE", undefined, { defaults: "file:///data/a.csv" })).toBe("file:///data/a.csv");
    expect(resolveOne("FILE", undefined, { defaults: "nsfile:///a.csv" })).toBe("nsfile:///a.csv");
  });

  it("lets flows, but not people, name files of the server", () => {
    expect(resolveOne("FILE", "file:///data/a.csv", {}, "subflow")).toBe("file:///data/a.csv");
  });
});

describe("validation", () => {
  it.each<[InputType, unknown, Partial<Input>, string]>([
    ["STRING", "foo", { validator: String.raw`A\d+` }, String.raw`it must match the pattern ${"`"}A\d+${"`"}`],
    ["STRING", "xA123", { validator: String.raw`A\d+` }, String.raw`it must match the pattern ${"`"}A\d+${"`"}`],
    ["INT", 9, { min: 10, max: 20 }, "it must be more than `10`"],
    ["INT", 21, { min: 10, max: 20 }, "it must be less than `20`"],
    ["FLOAT", 0.01, { min: 0.1, max: 0.5 }, "it must be more than `0.1`"],
    ["FLOAT", 1.01, { min: 0.1, max: 1 }, "it must be less than `1.0`"],
    ["DURATION", "PT1S", { min: "PT10S", max: "PT20S" }, "It must be more than `PT10S`"],
    ["DURATION", "PT30S", { min: "PT10S", max: "PT20S" }, "It must be less than `PT20S`"],
    ["DATE", "2022-01-01", { after: "2023-01-01", before: "2023-12-31" }, "it must be after `2023-01-01`"],
    ["DATE", "2024-01-01", { after: "2023-01-01", before: "2023-12-31" }, "it must be before `2023-12-31`"],
    ["TIME", "00:00:01", { after: "01:00:00", before: "11:59:59" }, "it must be after `01:00`"],
    ["TIME", "14:00:00", { after: "01:00:00", before: "11:59:59" }, "it must be before `11:59:59`"],
    ["DATETIME", "2022-01-01T00:00:00Z", { after: "2023-01-01T00:00:00Z" }, "it must be after `2023-01-01T00:00:00Z`"],
    [
      "SELECT",
      "INVALID",
      { values: ["ENUM_VALUE", "OTHER_ONE"] },
      "it must match the values `[ENUM_VALUE, OTHER_ONE]`",
    ],
    ["MULTISELECT", ["A", "Z"], { values: ["A", "B"] }, "it must match the values `[A, B]`"],
    [
      "FILE",
      "kestra:///a/b.txt",
      { allowedFileExtensions: [".csv", ".tsv"] },
      "it must have one of the file extensions `[.csv, .tsv]`",
    ],
    ["STRING", "a", { validator: "(" }, "its validator `(` is no regular expression"],
    ["STRING", "a\n", { validator: "a." }, "it must match the pattern `a.`"],
    [
      "STRING",
      "a".repeat(5_000),
      { validator: String.raw`(a+)+\1b` },
      String.raw`its validator ${"`"}(a+)+\1b${"`"} takes too long on this value`,
    ],
  ])("%s %j under %j", (type, given, properties, reason) => {
    const shown = typeof given === "string" ? given : JSON.stringify(given);
    expect(resolveOne(type, given, properties)).toBe(`Invalid input for \`x\`, ${reason}, but received \`${shown}\``);
  });

  it.each<[InputType, unknown, Partial<Input>]>([
    ["STRING", "A123", { validator: String.raw`A\d+` }],
    ["STRING", "a-b", { validator: String.raw`[a-z\-]+` }],
    ["STRING", "ABc", { validator: String.raw`(?i)ab\p{Lower}` }],
    ["STRING", "aab", { validator: "(?:a|aa)++b" }],
    ["STRING", `${"a".repeat(10_000)}b`, { validator: "(a+)+b" }],
    ["INT", 10, { min: 10, max: 20 }],
    ["INT", 20, { min: 10, max: 20 }],
    ["DURATION", "PT10S", { min: "PT10S" }],
    ["DATE", "2023-01-01", { after: "2023-01-01" }],
    ["TIME", "01:00:00", { after: "01:00:00" }],
    ["DATETIME", "2023-01-01T01:00:00+01:00", { after: "2023-01-01T00:00:00Z" }],
    ["FILE", "kestra:///a/B.CSV", { allowedFileExtensions: [".csv"] }],
  ])("the bound itself is allowed: %s %j", (type, given, properties) => {
    expect(String(resolveOne(type, given, properties))).not.toMatch(/Invalid/u);
  });

  it("never shows a secret that is refused", () => {
    expect(resolveOne("SECRET", "hunter2", { validator: "[a-z]+" })).toBe(
      "Invalid input for `x`, it must match the pattern `[a-z]+`, but received `******`",
    );
    expect(resolveOne("ARRAY", "hunter2", { itemType: "SECRET" })).toBe(
      "Invalid input for `x`, it must be a list, but received `******`",
    );
  });
});

describe("what is absent", () => {
  it("is an error for a required input", () => {
    expect(resolveInputs([input("x", "STRING")], {}, context)).toEqual({
      violations: [{ id: "x", message: "Invalid input for `x`, missing required input, but received `null`" }],
      values: {},
    });
  });

  it("is null for an optional one", () => {
    expect(resolveInputs([input("x", "INT", { required: false })], {}, context)).toMatchObject({ values: { x: null } });
    expect(resolveInputs([input("x", "INT", { required: false })], { x: "" }, context)).toMatchObject({
      values: { x: null },
    });
  });

  it("is an empty text for a type that has none: the default goes before it, and a required input is missing", () => {
    expect(resolveOne("INT", "", { defaults: 42 })).toBe(42);
    expect(resolveOne("FLOAT", "")).toBe("Invalid input for `x`, missing required input, but received `null`");
    expect(resolveOne("STRING", "", { defaults: "a" })).toBe("");
    expect(resolveOne("EMAIL", "", { required: false })).toBe("");
  });

  it("takes the default, rendered and coerced", () => {
    const inputs = [
      input("a", "INT", { defaults: "{{ vars.answer }}" }),
      input("b", "JSON", { defaults: { deep: ["{{ inputs.a + 1 }}"] } }),
      input("c", "STRING", { defaults: "" }),
      input("d", "ARRAY", { itemType: "INT", defaults: "{{ [1, 2] }}" }),
    ];
    expect(resolveInputs(inputs, {}, context)).toMatchObject({
      values: { a: 42, b: { deep: ["43"] }, c: "", d: [1, 2] },
    });
  });

  it("checks the default as it checks a given value", () => {
    expect(resolveOne("INT", null, { defaults: 5, min: 10 })).toBe(
      "Invalid input for `x`, it must be more than `10`, but received `5`",
    );
  });

  it("takes the first choice when asked to, unless there is a default", () => {
    expect(resolveOne("SELECT", null, { values: ["A", "B"], autoSelectFirst: true })).toBe("A");
    expect(resolveOne("SELECT", null, { values: ["A", "B"], autoSelectFirst: true, defaults: "B" })).toBe("B");
    expect(resolveOne("MULTISELECT", null, { values: ["A", "B"], autoSelectFirst: true })).toEqual(["A"]);
  });

  it("never takes the prefill", () => {
    expect(resolveOne("STRING", null, { required: false, prefill: "p" })).toBe(null);
  });
});

describe("choices from an expression", () => {
  it.each([["{{ ['A', 'B'] }}"], ['["A", "B"]'], ['{{ fromJson(\'["A", "B"]\') }}']])("%s", (expression) => {
    expect(resolveOne("SELECT", "B", { expression })).toBe("B");
    expect(resolveOne("SELECT", "C", { expression })).toContain("it must match the values `[A, B]`");
  });

  it("that fails is an error of the input", () => {
    expect(resolveOne("SELECT", "B", { expression: "{{ nothing }}" })).toContain("its expression can't be evaluated: ");
    expect(resolveOne("SELECT", "B", { expression: "{{ 'text' }}" })).toContain("its expression must give a list");
  });

  it("that has to wait passes its suspension on", () => {
    const waiting = {
      ...environment,
      functions: { kv: { parameters: ["key"], call: () => Promise.resolve(["A"]) } },
      memo: { outcomes: new Map() },
    };
    const resolve = () =>
      resolveInputs(
        [input("x", "SELECT", { expression: "{{ kv('k') }}" })],
        { x: "A" },
        { ...context, environment: waiting },
      );
    expect(resolve).toThrow(Suspension);
  });
});

describe("dependencies", () => {
  const inputs = [
    input("size", "INT", { dependsOn: { inputs: ["kind"], condition: "{{ inputs.kind == 'big' }}" } }),
    input("kind", "STRING"),
  ];

  it("leave an input out whose condition doesn't hold, and don't ask for it", () => {
    expect(resolveInputs(inputs, { kind: "small" }, context)).toMatchObject({ values: { kind: "small" } });
    const resolved = resolveInputs(inputs, { kind: "small", size: 3 }, context);
    expect(resolved).toMatchObject({ values: expect.not.objectContaining({ size: 3 }) as object });
  });

  it("are resolved first, whatever the written order", () => {
    expect(resolveInputs(inputs, { kind: "big", size: "3" }, context)).toMatchObject({
      values: { size: 3, kind: "big" },
    });
    expect(resolveInputs(inputs, { kind: "big" }, context)).toMatchObject({ violations: [{ id: "size" }] });
  });

  it("of an input that was left out leave the next one out as well", () => {
    const chain = [...inputs, input("unit", "STRING", { dependsOn: { inputs: ["size"] } })];
    expect(resolveInputs(chain, { kind: "small" }, context)).toMatchObject({ values: { kind: "small" } });
  });
});

describe("all inputs together", () => {
  it("nest dotted ids and take them flat or nested", () => {
    const inputs = [input("nested.string", "STRING"), input("nested.more.int", "INT", { required: false })];
    const expected = { values: { nested: { string: "a", more: { int: 1 } } }, undeclared: [] };
    expect(resolveInputs(inputs, { "nested.string": "a", "nested.more.int": "1" }, context)).toMatchObject(expected);
    expect(resolveInputs(inputs, { nested: { string: "a", more: { int: 1 } } }, context)).toMatchObject(expected);
  });

  it("drop and report what is not declared", () => {
    const inputs = [input("a.b", "STRING")];
    const resolved = resolveInputs(inputs, { a: { b: "1", c: "2" }, d: "3" }, context);
    expect(resolved).toMatchObject({ values: { a: { b: "1" } }, undeclared: ["a.c", "d"] });
  });

  it("report every violation, in one text", () => {
    const resolved = resolveInputs([input("a", "INT"), input("b", "INT")], { a: "x" }, context);
    expect("violations" in resolved && describeViolations(resolved.violations)).toBe(
      "a: Invalid input for `a`, Expected `INT` but received `x`, " +
        "b: Invalid input for `b`, missing required input, but received `null`",
    );
  });

  it("name the secrets that have a value", () => {
    const inputs = [input("a", "SECRET"), input("b", "SECRET", { required: false }), input("c", "STRING")];
    expect(resolveInputs(inputs, { a: "1", c: "2" }, context)).toMatchObject({ secretIds: ["a"] });
    const list = input("l", "ARRAY", { itemType: "SECRET" });
    expect(resolveInputs([list], { l: '["x", "y"]' }, context)).toMatchObject({
      secretIds: ["l"],
      values: { l: ["x", "y"] },
    });
  });

  it("take inputs of a Pause as they were written", () => {
    const written = [
      { name: "ok", type: "BOOLEAN" },
      { id: "pick", type: "ENUM", values: ["A"] },
    ] as unknown as Input[];
    expect(resolveInputs(written, { ok: "true", pick: "A" }, context)).toMatchObject({
      values: { ok: true, pick: "A" },
    });
    expect(resolveInputs(written, { ok: "true" }, context)).toMatchObject({ violations: [{ id: "pick" }] });
    const unknown = [{ id: "a", type: "constructor" }] as unknown as Input[];
    expect(resolveInputs(unknown, { a: "1" }, context)).toMatchObject({
      violations: [{ id: "a", message: expect.stringContaining("its type `constructor` is not known") as string }],
    });
  });

  it("take their own values again without a change", () => {
    const inputs = [
      input("s", "STRING"),
      input("i", "INT"),
      input("b", "BOOL"),
      input("j", "JSON"),
      input("d", "DATETIME"),
      input("t", "TIME"),
      input("l", "ARRAY", { itemType: "STRING" }),
    ];
    const given = fc.record({
      s: fc.string(),
      i: fc.integer(),
      b: fc.boolean(),
      j: fc.dictionary(fc.string(), fc.integer()),
      d: fc.integer({ min: 0, max: 4e12 }).map((ms) => Temporal.Instant.fromEpochMilliseconds(ms).toString()),
      t: fc.integer({ min: 0, max: 86_399 }).map((s) => new Temporal.PlainTime().add({ seconds: s }).toString()),
      l: fc.array(fc.string()),
    });
    fc.assert(
      fc.property(given, (values) => {
        const once = resolveInputs(inputs, values, context);
        if ("violations" in once) throw new Error(describeViolations(once.violations));
        expect(resolveInputs(inputs, once.values, context)).toEqual(once);
      }),
    );
  });
});
