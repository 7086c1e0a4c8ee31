import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvRowWriter } from "./csv-row.ts";
import { type CsvDialect, type CsvRow, FIELDS_MAX, parseCsv } from "./parse-csv.ts";

const DIALECT: CsvDialect = {
  fieldSeparator: ",",
  textDelimiter: '"',
  allowExtraCharsAfterClosingQuote: false,
  maxFieldSize: 1_000,
};

/** Rows of a text that comes in pieces of some size. */
function rowsOf(text: string, dialect: Partial<CsvDialect> = {}, size = text.length || 1): Promise<CsvRow[]> {
  async function* pieces() {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
  }
  return Array.fromAsync(parseCsv(pieces(), { ...DIALECT, ...dialect }));
}

async function fieldsOf(text: string, dialect: Partial<CsvDialect> = {}, size?: number) {
  return (await rowsOf(text, dialect, size)).map(({ fields }) => fields);
}

test.each<[string, string[][]]>([
  ["", []],
  ["\n", [[""]]],
  ["a", [["a"]]],
  [
    "a,b\n1,2\n",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  [
    "a,b\r\n1,2\r\n",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  [
    "a,b\r1,2\r",
    [
      ["a", "b"],
      ["1", "2"],
    ],
  ],
  ["a,b\n\n1,2", [["a", "b"], [""], ["1", "2"]]],
  [
    "a,\n,\n",
    [
      ["a", ""],
      ["", ""],
    ],
  ],
  ["a,b,", [["a", "b", ""]]],
  ['"a","b"\n', [["a", "b"]]],
  ['"a ""quoted"" word"', [['a "quoted" word']]],
  ['""\n""""\n', [[""], ['"']]],
  ['"line\nbreak","c\r\nd"\ne', [["line\nbreak", "c\r\nd"], ["e"]]],
  ['a "quoted" word,5" pipe', [['a "quoted" word', '5" pipe']]],
  [' "a", b ', [[' "a"', " b "]]],
  ["ä€😀,ß", [["ä€😀", "ß"]]],
])("%j", async (text, expected) => {
  for (const size of [1, 2, 3, 100]) expect(await fieldsOf(text, {}, size)).toEqual(expected);
});

test("separator and delimiter are of one's own choice", async () => {
  const dialect = { fieldSeparator: "\t", textDelimiter: "'" };
  expect(await fieldsOf("a,b\t'it''s'\t\"x\"", dialect)).toEqual([["a,b", "it's", '"x"']]);
});

test.each([",", "\n"])("the delimiter %j is refused beside a comma", async (textDelimiter) => {
  await expect(rowsOf("a", { textDelimiter })).rejects.toThrow("must be two characters, and no line ends");
});

test("each row knows its line", async () => {
  for (const size of [1, 7, 100])
    expect((await rowsOf('a\n"b\n\r\nc"\r\nd\re', {}, size)).map(({ line }) => line)).toEqual([1, 2, 5, 6]);
});

describe("quotes out of place", () => {
  test("cost their row, and the next is read again", async () => {
    for (const size of [1, 5, 100]) {
      const rows = await rowsOf('1,"a"b,c\n2,d\n3,"x\ny" ,z\n4,e', {}, size);
      expect(rows).toMatchObject([
        { line: 1, problem: 'a field goes on with "b" behind its closing "' },
        { line: 2, fields: ["2", "d"] },
        { line: 3, problem: 'a field goes on with " " behind its closing "' },
        { line: 5, fields: ["4", "e"] },
      ]);
    }
  });

  test("are text where that is allowed", async () => {
    const dialect = { allowExtraCharsAfterClosingQuote: true };
    expect(await fieldsOf('1,"a"b,c\n2,"x" "y"\n', dialect)).toEqual([
      ["1", "ab", "c"],
      ["2", 'x "y"'],
    ]);
  });

  test("that are never closed end the file", async () => {
    expect(await rowsOf('1,2\n3,"4\n5,6\n')).toMatchObject([
      { fields: ["1", "2"] },
      { line: 2, problem: 'a field begins with ", which is never closed' },
    ]);
  });
});

describe("limits", () => {
  test.each(["x".repeat(10), `"${"x".repeat(10)}"`])(
    "a field of as many characters as allowed is read: %s",
    async (field) => {
      for (const size of [1, 100]) expect(await fieldsOf(`${field},y`, { maxFieldSize: 10 }, size)).toHaveLength(1);
    },
  );

  test.each(["x".repeat(11), `"${"x".repeat(11)}"`, `"${"x\n".repeat(50)}`])(
    "a longer one is refused: %j",
    async (field) => {
      for (const size of [1, 100])
        await expect(rowsOf(`a\n${field},y`, { maxFieldSize: 10 }, size)).rejects.toThrow(
          /the row of line 2 has more than 10 characters.*`maxFieldSize`/,
        );
    },
  );

  test("a row has a greatest number of fields", async () => {
    expect((await fieldsOf(",".repeat(FIELDS_MAX - 1)))[0]).toHaveLength(FIELDS_MAX);
    await expect(rowsOf(",".repeat(FIELDS_MAX))).rejects.toThrow(`more than ${FIELDS_MAX} fields`);
  });
});

test("whatever is written is read back, however the pieces fall", async () => {
  const special = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ", "ä") });
  const rows = fc.array(fc.array(fc.oneof(fc.string(), special), { minLength: 1, maxLength: 4 }), { maxLength: 5 });
  const quoteMode = fc.constantFrom("ALWAYS", "REQUIRED", "NON_NUMERIC");
  await fc.assert(
    fc.asyncProperty(rows, quoteMode, fc.integer({ min: 1, max: 9 }), async (rows, quoteMode, size) => {
      const write = csvRowWriter({
        fieldSeparator: ",",
        textDelimiter: '"',
        lineDelimiter: "\r\n",
        quoteMode,
      } as const);
      expect(await fieldsOf(rows.map((row) => write(row)).join(""), {}, size)).toEqual(rows);
    }),
  );
});
