import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { convert, recordsIn } from "../testing/convert.ts";
import { ionToYaml } from "./ion-to-yaml.ts";
import { jsonToYaml } from "./json-to-yaml.ts";
import { DOCUMENT_CHARACTERS_MAX } from "./yaml-documents.ts";
import { yamlToIon } from "./yaml-to-ion.ts";
import { yamlToJson } from "./yaml-to-json.ts";

describe("YamlToIon", () => {
  test.each<[string, unknown[]]>([
    ["a: 1\nb: [x, null, true]\n", [{ a: 1, b: ["x", null, true] }]],
    ["---\na: 1\n---\na: 2\n", [{ a: 1 }, { a: 2 }]],
    ["- 1\n- 2\n", [[1, 2]]],
    ["base: &b {x: 1}\nmore: {<<: *b, y: 2}\n", [{ base: { x: 1 }, more: { x: 1, y: 2 } }]],
    ["at: 2024-03-01\nyes: no\n", [{ at: "2024-03-01", yes: "no" }]],
    ["a: .inf\n", [{ a: null }]],
    ["# nothing\n", []],
    ["", []],
  ])("%j", async (content, expected) => {
    const { text, size, message, uri } = await convert(yamlToIon, content);
    expect(message).toBeUndefined();
    expect(recordsIn(text)).toEqual(expected);
    expect(size).toBe(expected.length);
    expect(uri).toMatch(/\.ion$/);
  });

  test("whole numbers keep all of their digits", async () => {
    expect((await convert(yamlToIon, "a: 12345678901234567890\n")).text).toBe('{"a":12345678901234567890}\n');
  });

  test("documents far behind are read as well, and mistakes in them are named by their line", async () => {
    const many = "---\nname: some document\nlist:\n  - 1\n  - 2\n".repeat(5_000);
    expect((await convert(yamlToIon, many)).size).toBe(5_000);
    const { state, message } = await convert(yamlToIon, `${many}---\na: 1\nb: [1\nc: 2\n`);
    expect(state).toBe("FAILED");
    expect(message).toMatch(/^Document 5001 of the YAML file can't be read: .* \(line 2500[3-6]\)\.$/);
  });

  test.each([
    ["a: *nobody\n", /^Document 1 of the YAML file can't be read: .*nobody/],
    ["a: 1\na: 2\n", /unique.*\(line 2\)/],
    [
      `a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 6 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(10)}]\n`).join("")}`,
      /alias/i,
    ],
  ])("a document with a mistake fails: %j", async (content, message) => {
    expect(await convert(yamlToIon, content)).toMatchObject({
      state: "FAILED",
      message: expect.stringMatching(message),
    });
  });

  test("a document has a greatest length", async () => {
    const line = "# a comment as long as it is\n";
    const content = line.repeat(Math.ceil((DOCUMENT_CHARACTERS_MAX + 1) / line.length));
    expect((await convert(yamlToIon, content)).message).toContain(`more than ${DOCUMENT_CHARACTERS_MAX} characters`);
    const documents = `---\n${line.repeat(100_000)}a: 1\n`.repeat(4);
    expect(await convert(yamlToIon, documents)).toMatchObject({ state: "SUCCESS", size: 4 });
  });
});

describe("IonToYaml", () => {
  test("one record is a document alone", async () => {
    const { text, uri } = await convert(ionToYaml, '{"a":1,"b":["x"]}\n');
    expect(text).toBe("a: 1\nb:\n  - x\n");
    expect(uri).toMatch(/\.yaml$/);
  });

  test("of several records each is a document", async () => {
    const { text, size } = await convert(ionToYaml, '{"a":1}\n{a:2}\n{"a":3}\n');
    expect(text).toBe("---\na: 1\n---\na: 2\n---\na: 3\n");
    expect(size).toBe(3);
  });

  test("texts that older readers take for something else are quoted, and long ones are not folded", async () => {
    const value = { yes: "yes", date: "2024-03-01", text: `${"long ".repeat(60)}end`, octal: "0o7", lines: "a\nb\n" };
    const { text } = await convert(ionToYaml, `${JSON.stringify(value)}\n`);
    expect(parse(text, { version: "1.1" })).toEqual(value);
    expect(text.split("\n").some((line) => line.length > 300)).toBe(true);
  });

  test("whole numbers keep all of their digits", async () => {
    expect((await convert(ionToYaml, '{"a":12345678901234567890}\n')).text).toBe("a: 12345678901234567890\n");
  });

  test("no records are no document", async () => {
    expect(await convert(ionToYaml, "")).toMatchObject({ text: "", size: 0 });
  });
});

describe("YamlToJson", () => {
  test.each<[string, { jsonl?: boolean }, string, number]>([
    ["a: 1\n", {}, '{"a":1}\n', 1],
    ["- 1\n- 2\n", {}, "[1,2]\n", 1],
    ["---\na: 1\n---\na: 2\n---\na: 3\n", {}, '[{"a":1}\n,{"a":2}\n,{"a":3}\n]', 3],
    ["", {}, "{}\n", 0],
    ["---\na: 1\n---\n- 2\n", { jsonl: true }, '{"a":1}\n[2]\n', 2],
  ])("%j with %j", async (content, properties, expected, size) => {
    const outcome = await convert(yamlToJson, content, properties);
    expect(outcome).toMatchObject({ text: expected, size });
    expect(outcome.uri).toMatch(properties.jsonl === true ? /\.jsonl$/ : /\.json$/);
  });
});

describe("JsonToYaml", () => {
  test.each([
    ['{"a":1}', {}, "a: 1\n"],
    ['[{"a":1},{"a":2}]', {}, "---\na: 1\n---\na: 2\n"],
    ['[{"a":1}]', {}, "a: 1\n"],
    ['{"a":1}\n[2]\n', { jsonl: true }, "---\na: 1\n---\n- 2\n"],
  ])("%j with %j", async (content, properties, expected) => {
    expect((await convert(jsonToYaml, content, properties)).text).toBe(expected);
  });

  test("what is written is read back", async () => {
    const values = [{ a: "é: #x", b: [[], {}] }, "text", 1.5, null, ["---"]];
    const { bytes } = await convert(jsonToYaml, Buffer.from(JSON.stringify(values), "latin1"), {
      charset: "ISO-8859-1",
    });
    const documents = parseAllDocuments(bytes.toString("latin1"));
    expect(Array.from(documents as Iterable<{ toJS(): unknown }>, (document) => document.toJS())).toEqual(values);
  });
});
