import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { env } from "node:process";
import { scopeOf } from "@capstan/expression";
import { checkFlow, createCatalogue, languageCatalogue } from "@capstan/model";
import { describe, expect, it } from "vitest";
import { resolveInputs } from "./resolve-inputs.ts";

const corpus = env["CAPSTAN_CORPUS"] ?? "";
const file = join(corpus, "kestra/valids/inputs.yaml");
const isThere = existsSync(file);

const GIVEN = {
  string: "myString",
  enum: "ENUM_VALUE",
  int: "42",
  float: "42.42",
  bool: "false",
  instant: "2019-10-06T18:27:49Z",
  date: "2019-10-06",
  time: "18:27:49",
  duration: "PT5M6S",
  file: "kestra:///file.txt",
  json: '{"a":"b"}',
  uri: "https://www.google.com",
  "nested.string": "a string",
  "nested.more.int": "123",
  "nested.bool": "true",
  validatedString: "A123",
  validatedInt: "12",
  validatedDate: "2023-01-02",
  validatedDateTime: "2023-01-01T00:00:10Z",
  validatedDuration: "PT15S",
  validatedFloat: "0.42",
  validatedTime: "11:27:49",
  secret: "secret",
  array: "[1, 2, 3]",
};

describe.runIf(isThere)("the flow of the corpus that has every input", () => {
  const inputs = () => {
    // The tasks belong to plugins, which the engine doesn't know.
    const [head = ""] = readFileSync(file, "utf8").split(/^tasks:/mu);
    const source = `${head}tasks: [{ id: t, type: io.kestra.plugin.core.flow.Pause }]\n`;
    const { flow, diagnostics } = checkFlow(source, createCatalogue(languageCatalogue()));
    if (flow === undefined) throw new Error(JSON.stringify(diagnostics));
    return flow.inputs;
  };
  const environment = { now: () => 0, random: () => 0.5, timeZone: "UTC" };
  const resolve = (given: Record<string, unknown>) =>
    resolveInputs(inputs(), given, { scope: scopeOf({}), environment, source: "api" });

  it("takes the full set", () => {
    expect(inputs()).toHaveLength(29);
    expect(resolve(GIVEN)).toMatchObject({
      secretIds: ["secret"],
      values: {
        int: 42,
        float: 42.42,
        bool: false,
        optional: null,
        instantDefaults: "2013-08-09T14:19:00Z",
        json: { a: "b" },
        nested: { string: "a string", more: { int: 123 }, bool: true },
        array: [1, 2, 3],
        yaml: {
          property: "something",
          list: [
            { key: "key1", value: "value1" },
            { key: "key2", value: "value2" },
          ],
        },
        empty: "",
      },
    });
  });

  it.each([
    ["validatedInt", "9", "it must be more than `10`"],
    ["validatedInt", "21", "it must be less than `20`"],
    ["validatedDate", "2022-01-01", "it must be after `2023-01-01`"],
    ["validatedDate", "2024-01-01", "it must be before `2023-12-31`"],
    ["validatedDuration", "PT1S", "It must be more than `PT10S`"],
    ["validatedDuration", "PT30S", "It must be less than `PT20S`"],
    ["validatedFloat", "0.01", "it must be more than `0.1`"],
    ["validatedFloat", "1.01", "it must be less than `0.5`"],
    ["validatedTime", "00:00:01", "it must be after `01:00`"],
    ["validatedTime", "14:00:00", "it must be before `11:59:59`"],
    ["uri", "http:/bla", "Expected `URI` but received `http:/bla`"],
    ["enum", "INVALID", "it must match the values `[ENUM_VALUE, OTHER_ONE]`"],
    ["array", '["s1","s2"]', "Unable to parse array element as `INT` on `s1`"],
  ])("refuses %s = %s", (id, value, reason) => {
    expect(resolve({ ...GIVEN, [id]: value })).toEqual({
      violations: [
        {
          id,
          message: `Invalid input for \`${id}\`, ${reason}${reason.includes("but received") ? "" : `, but received \`${value}\``}`,
        },
      ],
      values: expect.not.objectContaining({ [id]: expect.anything() as unknown }) as unknown,
    });
  });

  it("asks for what is missing", () => {
    const { string: _, ...rest } = GIVEN;
    expect(resolve(rest)).toMatchObject({ violations: [{ id: "string" }] });
  });
});
