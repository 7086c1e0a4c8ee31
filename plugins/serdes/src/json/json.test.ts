import { describe, expect, test } from "vitest";
import { convert, recordsIn } from "../testing/convert.ts";
import { ionToJson } from "./ion-to-json.ts";
import { jsonToIon } from "./json-to-ion.ts";
import { jsonToJsonl } from "./json-to-jsonl.ts";

describe("JsonToIon", () => {
  test("each line is a record, as it is written", async () => {
    const { text, uri, size } = await convert(
      jsonToIon,
      '\uFEFF{"a": 1.0}\r\n\n[1, 2]\n"x"\nnull\n12345678901234567890',
    );
    expect(text).toBe('{"a": 1.0}\n[1, 2]\n"x"\nnull\n12345678901234567890\n');
    expect(uri).toMatch(/\.ion$/);
    expect(size).toBe(5);
  });

  test.each([
    ["a list", '[{"a":1},\n {"b":\n  "x\\ny"}\n]\n', '{"a":1}\n{"b":"x\\ny"}\n'],
    ["a map is the only record", '{\n  "a": [1,\n 2]\n}', '{  "a": [1,2]}\n'.replace("  ", "")],
    ["an empty list", " [ ] ", ""],
    ["an empty file", "", ""],
  ])("a document: %s", async (_what, content, expected) => {
    const { text, message } = await convert(jsonToIon, content, { newLine: false });
    expect(message).toBeUndefined();
    expect(text).toBe(expected);
  });

  test("a line that is a list is told, as its entries may be meant", async () => {
    const { size, warnings } = await convert(jsonToIon, '[{"a":1},{"a":2}]\n');
    expect(size).toBe(1);
    expect(warnings).toEqual([expect.stringContaining("Set `newLine` to false")]);
  });

  test("a document that is read line by line is told", async () => {
    const { message } = await convert(jsonToIon, '{\n "a": 1\n}\n');
    expect(message).toMatch(/^The file is no JSON at line 1: .* set `newLine` to false\.$/);
  });

  test("reads other charsets", async () => {
    const { text } = await convert(jsonToIon, Buffer.from('{"a":"é"}', "latin1"), { charset: "ISO-8859-1" });
    expect(text).toBe('{"a":"é"}\n');
  });
});

describe("JsonToJsonl", () => {
  test("each entry becomes a line, in the charset of the file", async () => {
    const source = Buffer.from('[{"a":"é"}, 2]', "latin1");
    const { bytes, uri, size } = await convert(jsonToJsonl, source, { charset: "ISO-8859-1" });
    expect(bytes.toString("latin1")).toBe('{"a":"é"}\n2\n');
    expect(uri).toMatch(/\.jsonl$/);
    expect(size).toBe(2);
  });

  test("what is JSON Lines stays so", async () => {
    expect((await convert(jsonToJsonl, '{"a":1}\n{"a":2}\n')).text).toBe('{"a":1}\n{"a":2}\n');
  });
});

describe("IonToJson", () => {
  test("each record is a line", async () => {
    const { text, uri, size } = await convert(ionToJson, '{"a": 1.0}\n{b:2024-03-01T,c:note::x}\n');
    expect(text).toBe('{"a": 1.0}\n{"b":"2024-03-01T","c":"x"}\n');
    expect(uri).toMatch(/\.jsonl$/);
    expect(size).toBe(2);
  });

  test.each([
    ["", "[]"],
    ['{"a":1}\n', '[{"a":1}\n]'],
    ['{"a":12345678901234567890}\n{a:2}\n', '[{"a":12345678901234567890}\n,{"a":2}\n]'],
  ])("or the records %j are one list", async (records, expected) => {
    const { text, uri } = await convert(ionToJson, records, { newLine: false });
    expect(text).toBe(expected);
    expect(uri).toMatch(/\.json$/);
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  test("dates are written in a zone when one is given, at every depth", async () => {
    const record =
      '{"at":"2024-07-01T10:00:00Z","in":[{"at":"2024-01-01T10:00:00+02:00"}],"d":"2024-07-01","n":null,"t":"x"}\n';
    const { text } = await convert(ionToJson, record, { timeZoneId: "Europe/Paris" });
    expect(recordsIn(text)).toEqual([
      { at: "2024-07-01T12:00:00+02:00", in: [{ at: "2024-01-01T09:00:00+01:00" }], d: "2024-07-01", n: null, t: "x" },
    ]);
  });

  test("annotations are told to be lost", async () => {
    const { warnings } = await convert(ionToJson, "a::1\n", { shouldKeepAnnotations: true });
    expect(warnings).toEqual([expect.stringContaining("`shouldKeepAnnotations` has no effect")]);
  });
});

test("the older names are known", () => {
  expect([...jsonToIon.aliases!, ...ionToJson.aliases!]).toEqual([
    "io.kestra.plugin.serdes.json.JsonReader",
    "io.kestra.plugin.serdes.json.JsonWriter",
  ]);
});
