import { createTestWorld } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { convert, FROM, recordsIn } from "../testing/convert.ts";
import { csvToIon } from "./csv-to-ion.ts";

test("each row becomes a record of texts, named by the header", async () => {
  const { state, uri, size, text, logs } = await convert(csvToIon, 'id,name\n1,"Ada, Countess"\n2,\n');
  expect({ state, size }).toEqual({ state: "SUCCESS", size: 2 });
  expect(text).toBe('{"id":"1","name":"Ada, Countess"}\n{"id":"2","name":""}\n');
  expect(uri).toMatch(/\.ion$/);
  expect(logs).toEqual([{ level: "INFO", message: `2 records written to ${uri}` }]);
});

test("its older name is known", () => {
  expect(csvToIon.aliases).toEqual(["io.kestra.plugin.serdes.csv.CsvReader"]);
});

test("the number of records is a metric", async () => {
  await using world = createTestWorld();
  world.files.seed(FROM, "a\n1\n");
  await world.run(csvToIon, { from: FROM });
  expect(world.metrics).toEqual([{ name: "records", type: "counter", value: 1 }]);
});

test.each<[string, string, Record<string, string | number | boolean>, unknown[]]>([
  ["without a header, rows are lists", "1,2\n3\n", { header: false }, [["1", "2"], ["3"]]],
  ["`\\N` is null", "a,b\n\\N,x\n", {}, [{ a: null, b: "x" }]],
  ["`\\N` is null in lists", "\\N,\\n\n", { header: false }, [[null, "\\n"]]],
  ["other separators", "a;b\n'1;2';3\n", { fieldSeparator: ";", textDelimiter: "'" }, [{ a: "1;2", b: "3" }]],
  ["tabs", "a\tb\n1\t2\n", { fieldSeparator: "\t" }, [{ a: "1", b: "2" }]],
  ["rows are skipped behind the header", "a\n1\n2\n3\n", { skipRows: 2 }, [{ a: "3" }]],
  ["rows are skipped without a header", "1\n2\n3\n", { skipRows: 1, header: false }, [["2"], ["3"]]],
  ["empty rows are left out", "\na,b\n\n1,2\n\n", { skipEmptyRows: true }, [{ a: "1", b: "2" }]],
  ["an empty row of a column is a record", "a\n\n1\n", {}, [{ a: "" }, { a: "1" }]],
  ["a byte order mark is no part of a name", "\uFEFFa\n1\n", {}, [{ a: "1" }]],
  ["text behind a quote may be allowed", 'a\n"1"x\n', { allowExtraCharsAfterClosingQuote: true }, [{ a: "1x" }]],
  ["properties may be texts", "a\n1\n2\n", { skipRows: "1", header: "true" }, [{ a: "2" }]],
  ["a column may have any name", "__proto__,b\n1,2\n", {}, [JSON.parse('{"__proto__":"1","b":"2"}')]],
  ["a file without rows", "", {}, []],
  ["a file with a header only", "a,b\n", {}, []],
])("%s", async (_what, content, properties, expected) => {
  const { text, size, message } = await convert(csvToIon, content, properties);
  expect(message).toBeUndefined();
  expect(recordsIn(text)).toEqual(expected);
  expect(size).toBe(expected.length);
});

describe("a bad row", () => {
  const content = 'a,b\n1,2\n3\n4,"5"x\n\n6,7,8\n9,0\n';

  test.each([
    ["a,b\n1\n", /^Line 2: there is 1 field, but the header has 2\. Set `onBadLines`/],
    ["a,b\n1,2,3\n", /^Line 2: there are 3 fields, but the header has 2\./],
    ["a,b\n\n", /^Line 2: there is 1 field, but the header has 2, as it is empty; see `skipEmptyRows`\./],
    ['a\n"1', /^Line 2: a field begins with ", which is never closed\./],
    ['"a"b\n', /^Line 1, the header: a field goes on/],
  ])("fails the task and is named: %j", async (content, message) => {
    expect(await convert(csvToIon, content)).toMatchObject({
      state: "FAILED",
      message: expect.stringMatching(message),
    });
  });

  test("is left out with a warning", async () => {
    const { text, size, warnings } = await convert(csvToIon, content, { onBadLines: "WARN" });
    expect(recordsIn(text)).toEqual([
      { a: "1", b: "2" },
      { a: "9", b: "0" },
    ]);
    expect(size).toBe(2);
    expect(warnings).toEqual([
      expect.stringContaining("Line 3: there is 1 field"),
      expect.stringContaining('Line 4: a field goes on with "x"'),
      expect.stringContaining("Line 5: there is 1 field"),
      expect.stringContaining("Line 6: there are 3 fields"),
    ]);
  });

  test("is left out in silence", async () => {
    const { size, warnings } = await convert(csvToIon, content, {
      onBadLines: "SKIP",
      errorOnDifferentFieldCount: true,
    });
    expect({ size, warnings }).toEqual({ size: 2, warnings: [] });
  });
});

describe("columns without a name", () => {
  test("are dropped at the end, with a warning", async () => {
    const { text, warnings } = await convert(csvToIon, "a,,b,,\n1,2,3,4,5\n");
    expect(recordsIn(text)).toEqual([{ a: "1", "": "2", b: "3" }]);
    expect(warnings).toEqual([expect.stringMatching(/last 2 columns have no name.*RENAME/)]);
  });

  test("are kept when there is no other", async () => {
    expect(recordsIn((await convert(csvToIon, ",\n1,2\n")).text)).toEqual([{ "": "2" }]);
  });

  test("are named by their index, by a name that is free", async () => {
    const { text } = await convert(csvToIon, "a,,col_1,\n1,2,3,4\n", { onEmptyHeader: "RENAME" });
    expect(recordsIn(text)).toEqual([{ a: "1", col_1_2: "2", col_1: "3", col_3: "4" }]);
  });
});

test("of columns with one name the last counts, and the log warns", async () => {
  const { text, warnings } = await convert(csvToIon, "a,b,a\n1,2,3\n");
  expect(recordsIn(text)).toEqual([{ a: "3", b: "2" }]);
  expect(warnings).toEqual([expect.stringContaining("of which the last counts: a")]);
});

test.each([
  [{ fieldSeparator: "||" }, "one character for the fieldSeparator"],
  [{ maxFieldSize: 3 }, "more than 3 characters"],
  [{ maxBufferSize: 3 }, "more than 3 characters"],
  [{ charset: "EBCDIC" }, 'The charset "EBCDIC" is not known'],
])("%j is refused", async (properties, message) => {
  const outcome = await convert(csvToIon, "name\nlong value\n", properties);
  expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringContaining(message) });
});

test("a file that isn't there is named", async () => {
  await using world = createTestWorld();
  expect((await world.run(csvToIon, { from: "kestra:///none.csv" })).message).toContain(
    "kestra:///none.csv does not exist",
  );
});
