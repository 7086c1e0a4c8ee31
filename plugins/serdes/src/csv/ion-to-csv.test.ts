import { describe, expect, test } from "vitest";
import { convert } from "../testing/convert.ts";
import { ionToCsv } from "./ion-to-csv.ts";

test("the columns are the fields of the first record", async () => {
  const { text, uri, size } = await convert(ionToCsv, '{"id":1,"name":"Ada, Countess"}\n{id:2,name:null}\n');
  expect(text).toBe('id,name\n1,"Ada, Countess"\n2,\n');
  expect(uri).toMatch(/\.csv$/);
  expect(size).toBe(2);
});

test("its older name is known", () => {
  expect(ionToCsv.aliases).toEqual(["io.kestra.plugin.serdes.csv.CsvWriter"]);
});

test.each<[string, string, Record<string, string | boolean>, string]>([
  ["no header", '{"a":1}\n', { header: false }, "1\n"],
  ["lists have no header", '[1,"x"]\n["y"]\n', { header: false }, "1,x\ny\n"],
  [
    "other characters",
    '{"a":"1;2","b":"it\'s"}\n',
    { fieldSeparator: ";", textDelimiter: "'" },
    "a;b\n'1;2';'it''s'\n",
  ],
  ["tabs", '{"a":1,"b":2}\n', { fieldSeparator: "\t" }, "a\tb\n1\t2\n"],
  ["line ends of Windows", '{"a":1}\n', { lineDelimiter: "\r\n" }, "a\r\n1\r\n"],
  ["a field with a line break", '{"a":"x\\ny"}\n', {}, 'a\n"x\ny"\n'],
  ["a field with quotes", '{"a":"say \\"hi\\""}\n', {}, 'a\n"say ""hi"""\n'],
  ["truth, fractions, and null", '{"a":true,"b":1.5,"c":null}\n', {}, "a,b,c\ntrue,1.5,\n"],
  ["long numbers keep their digits", '{"a":12345678901234567890}\n', {}, "a\n12345678901234567890\n"],
  ["maps and lists are JSON", '{"a":{"b":1},"c":[1,2]}\n', {}, 'a,c\n"{""b"":1}","[1,2]"\n'],
  ["one empty field is no empty line", '{"a":null}\n{"a":""}\n', {}, 'a\n""\n""\n'],
  ["all fields quoted", '{"a":1,"b":null}\n', { quoteMode: "ALWAYS" }, '"a","b"\n"1",""\n'],
  ["all fields quoted, in the older spelling", '{"a":1}\n', { alwaysDelimitText: true }, '"a"\n"1"\n'],
  ["the newer spelling counts", '{"a":1}\n', { alwaysDelimitText: true, quoteMode: "REQUIRED" }, "a\n1\n"],
  [
    "all but numbers quoted",
    '{"a":1,"b":"-2.5","c":"1e3","d":"","e":null,"f":"x","g":"+.5","h":"."}\n',
    { quoteMode: "NON_NUMERIC", header: false },
    '1,-2.5,"1e3","",,"x",+.5,"."\n',
  ],
  ["a separator that means something elsewhere", '{"a":"x^y"}\n', { fieldSeparator: "^" }, 'a\n"x^y"\n'],
  ["no records", "\n", {}, ""],
])("%s", async (_what, records, properties, expected) => {
  const { text, message } = await convert(ionToCsv, records, properties);
  expect(message).toBeUndefined();
  expect(text).toBe(expected);
});

test("fields stand in the column of their name", async () => {
  const { text, warnings } = await convert(ionToCsv, '{"a":1,"b":2}\n{"b":4,"a":3}\n{"b":5}\n');
  expect(text).toBe("a,b\n1,2\n3,4\n,5\n");
  expect(warnings).toEqual([]);
});

test("a field that the first record lacks is left out, with one warning", async () => {
  const { text, warnings } = await convert(ionToCsv, '{"a":1}\n{"a":2,"b":3}\n{"b":4}\n');
  expect(text).toBe('a\n1\n2\n""\n');
  expect(warnings).toEqual([expect.stringContaining('Record 2 has the field "b", which the first record lacks')]);
});

test("the log names twenty such fields at most", async () => {
  const late = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`f${index}`, 1]));
  const { warnings } = await convert(ionToCsv, `{"a":1}\n${JSON.stringify(late)}\n`);
  expect(warnings).toHaveLength(20);
});

describe("dates", () => {
  const record = '{"d":"2024-03-01","t":"10:05:00","z":"2024-03-01T10:05:06.789123Z","x":"1st of 2024-03-01"}\n';

  test("stay as they are when nothing is asked", async () => {
    const { text } = await convert(ionToCsv, `${record}{d:2024-03-01,t:null,z:2024-03-01T10:05:06.789123Z,x:1}\n`, {
      header: false,
    });
    expect(text.split("\n")).toEqual([
      "2024-03-01,10:05:00,2024-03-01T10:05:06.789123Z,1st of 2024-03-01",
      "2024-03-01,,2024-03-01T10:05:06.789123Z,1",
      "",
    ]);
  });

  test.each([
    [{ dateFormat: "dd/MM/yyyy" }, "01/03/2024,10:05:00,2024-03-01T10:05:06.789123Z,1st of 2024-03-01"],
    [{ timeFormat: "HH'h'mm" }, "2024-03-01,10h05,2024-03-01T10:05:06.789123Z,1st of 2024-03-01"],
    [
      { dateTimeFormat: "yyyy-MM-dd'T'HH:mm:ss.SSS[XXX]" },
      "2024-03-01,10:05:00,2024-03-01T10:05:06.789Z,1st of 2024-03-01",
    ],
    [{ timeZoneId: "Europe/Paris" }, "2024-03-01,10:05:00,2024-03-01T11:05:06.789+01:00,1st of 2024-03-01"],
    [
      { timeZoneId: "UTC+5", dateTimeFormat: "d MMM uuuu h:mm a" },
      "2024-03-01,10:05:00,1 Mar 2024 3:05 PM,1st of 2024-03-01",
    ],
  ])("are written as %j asks for", async (properties, expected) => {
    expect((await convert(ionToCsv, record, { header: false, ...properties })).text).toBe(`${expected}\n`);
  });

  test.each([
    [{ dateFormat: "yyyy-MM-dd HH:mm" }, /asks for more than a value has, which is a date\./],
    [{ dateFormat: "yyyy-QQ" }, /"yyyy-QQ" can't be read: the letter Q is not known here/],
    [{ timeZoneId: "Mars/Olympus" }, /"Mars\/Olympus" is no time zone/],
  ])("can't be written as %j asks for", async (properties, message) => {
    const outcome = await convert(ionToCsv, record, properties);
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringMatching(message) });
  });
});

test.each([
  ["[1]\n", {}, /^Record 1 is a list, which has no names for a header\. Set `header` to false\./],
  ['{"a":1}\n"x"\n', {}, /^Record 2 is "x", and no map of fields\./],
  ["{a\n", {}, /^Line 1 is no record/],
  ['{"a":1}\n', { lineDelimiter: String.raw`\n` }, /lineDelimiter.*between double quotes/s],
  ['{"a":1}\n', { charset: "Shift_JIS" }, /can be read, but not written/],
])("%j with %j fails", async (records, properties, message) => {
  const outcome = await convert(ionToCsv, records, properties);
  expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringMatching(message) });
});
