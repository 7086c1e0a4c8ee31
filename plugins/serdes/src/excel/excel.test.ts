import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { ZipFile } from "yazl";
import { convert, FROM, recordsIn } from "../testing/convert.ts";
import { fixture } from "../testing/fixture.ts";
import { excelToIon } from "./excel-to-ion.ts";
import { ionToExcel } from "./ion-to-excel.ts";
import { CELL_CHARACTERS_MAX, COLUMNS_MAX, ROWS_MAX, workbookOf } from "./write-workbook.ts";

/** The records of each sheet of an Excel file. */
async function read(content: Uint8Array, properties: JsonMap = {}) {
  await using world = createTestWorld();
  world.files.seed(FROM, content);
  const { state, message, outputs } = await world.run(excelToIon, { from: FROM, ...properties });
  const sheets: Record<string, unknown[]> = {};
  for (const [name, uri] of Object.entries((outputs?.["uris"] ?? {}) as Record<string, string>))
    sheets[name] = recordsIn(await world.files.text(uri));
  return { state, message, sheets, size: outputs?.["size"], metrics: world.metrics };
}

/** An Excel file of parts as others write them. */
async function fileOf(parts: Record<string, string>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [path, text] of Object.entries(parts)) zip.addBuffer(Buffer.from(text), path);
  zip.end();
  return Buffer.concat((await Array.fromAsync(zip.outputStream)) as Buffer[]);
}

const RELATIONS = `<Relationships>
  <Relationship Id="a" Target="worksheets/one.xml"/><Relationship Id="b" Target="/xl/worksheets/two.xml"/>
</Relationships>`;
const PARTS = {
  "xl/workbook.xml":
    '<x:workbook xmlns:x="u"><x:sheets><x:sheet name="Prices &amp; more" r:id="a"/><x:sheet name="Other" r:id="b"/></x:sheets></x:workbook>',
  "xl/_rels/workbook.xml.rels": RELATIONS,
  "xl/styles.xml": `<styleSheet><numFmts><numFmt numFmtId="170" formatCode="&quot;day&quot; dd\\.mm\\.yyyy"/></numFmts>
    <cellStyleXfs><xf numFmtId="22"/></cellStyleXfs>
    <cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="170"/><xf numFmtId="20"/><xf numFmtId="46"/><xf numFmtId="10"/></cellXfs></styleSheet>`,
  "xl/sharedStrings.xml":
    "<sst><si><t>id</t></si><si><r><t>na</t></r><r><t>me</t></r><rPh><t>phonetic</t></rPh></si><si><t>x_x000D_</t></si></sst>",
  "xl/worksheets/one.xml": `<worksheet><sheetData>
    <row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c/><c t="inlineStr"><is><t>last</t></is></c></row>
    <row r="5"><c r="A5"><v>1</v></c><c r="B5" t="s"><v>2</v></c><c r="D5" t="b"><v>1</v></c></row>
    <row r="6"/>
    <row r="7"><c r="B7" t="str"><f>A5&amp;"!"</f><v>1!</v></c><c r="C7"><v>9</v></c><c r="D7" t="e"><v>#DIV/0!</v></c></row>
  </sheetData></worksheet>`,
  "xl/worksheets/two.xml": `<worksheet><sheetData>
    <row><c s="1"><v>45352</v></c><c s="2"><v>45352.25</v></c><c s="3"><v>45352</v></c><c s="4"><v>0.75</v></c><c s="5"><v>1.5</v></c><c s="6"><v>0.5</v></c></row>
  </sheetData></worksheet>`,
};

describe("ExcelToIon", () => {
  test("each sheet becomes a file of records, whose cells stand in their columns", async () => {
    const { sheets, size, metrics, message } = await read(await fileOf(PARTS), { sheetsTitle: ["Prices & more"] });
    expect(message).toBeUndefined();
    expect(sheets).toEqual({
      "Prices & more": [
        { id: 1, name: "x\r", last: true },
        { id: null, name: null, last: null },
        { id: null, name: "1!", last: "#DIV/0!" },
      ],
    });
    expect(size).toBe(3);
    expect(metrics).toContainEqual({ name: "sheets", type: "counter", value: 1 });
  });

  test("rows are lists without a header, and may be skipped, also those that are empty", async () => {
    const properties = {
      header: false,
      skipRows: 1,
      skipEmptyRows: true,
      valueRender: "FORMULA",
      sheetsTitle: "Prices & more",
    };
    expect((await read(await fileOf(PARTS), properties)).sheets).toEqual({
      "Prices & more": [
        [1, "x\r", null, true],
        [null, '=A5&"!"', 9, "#DIV/0!"],
      ],
    });
  });

  test.each([
    ["UNFORMATTED_VALUE", ["2024-03-01", "2024-03-01T06:00:00", "2024-03-01", "18:00:00", "1899-12-31T12:00:00", 0.5]],
    ["FORMATTED_STRING", ["3/1/24", "3/1/24 6:00", "day 01.03.2024", "18:00", "36:00:00", 0.5]],
    ["SERIAL_NUMBER", [45352, 45352.25, 45352, 0.75, 1.5, 0.5]],
  ])("dates and times become %s", async (dateTimeRender, expected) => {
    const { sheets } = await read(await fileOf(PARTS), { dateTimeRender, header: false, sheetsTitle: ["Other"] });
    expect(sheets).toEqual({ Other: [expected] });
  });

  test("reads what openpyxl wrote", async () => {
    const { sheets } = await read(fixture("openpyxl.xlsx"), { sheetsTitle: ["Données"], skipRows: 1 });
    expect(sheets).toEqual({
      Données: [
        {
          id: 1,
          name: "Ada",
          when: "2024-03-01T10:05:06.789",
          day: "2024-03-01",
          time: "09:30:00",
          ok: true,
          // A formula that nobody has calculated yet.
          sum: null,
          pct: 0.25,
        },
        { id: 2, name: null, when: null, day: null, time: null, ok: false, sum: null, pct: null },
      ],
    });
  });

  test("days may be counted from 1904", async () => {
    const workbook = PARTS["xl/workbook.xml"].replace("<x:sheets>", '<x:workbookPr date1904="1"/><x:sheets>');
    const { sheets } = await read(await fileOf({ ...PARTS, "xl/workbook.xml": workbook }), {
      header: false,
      sheetsTitle: "Other",
    });
    expect((sheets["Other"]![0] as unknown[])[0]).toBe("2028-03-02");
  });

  test.each<[Buffer | Record<string, string>, JsonMap, RegExp]>([
    [Buffer.from("PK no zip"), {}, /^The file is no Excel file of the kind XLSX\. Files of the older kind XLS/],
    [{ "readme.txt": "x" }, {}, /^The file is no Excel file of the kind XLSX: it has no sheets/],
    [PARTS, { sheetsTitle: ["Prices"] }, /no sheet named "Prices"\. It has: Prices & more, Other\.$/],
    [{ ...PARTS, "xl/styles.xml": "<styles" }, {}, /^The Excel file can't be read: /],
  ])("a file that can't be read is told why", async (content, properties, message) => {
    const outcome = await read(Buffer.isBuffer(content) ? content : await fileOf(content), properties);
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringMatching(message) });
  });
});

describe("IonToExcel", () => {
  const record = {
    id: 7,
    share: 0.25,
    text: 'é & <b> "q" _x0041_ \u0001\r\n',
    ok: true,
    none: null,
    inner: { a: [1] },
    day: "2024-03-01",
    time: "10:05:00",
    at: "2024-03-01T10:05:06.789+02:00",
    old: "1812-06-24",
  };
  const records = `${JSON.stringify(record)}\n{id:8}\n`;

  test("what is written is read back", async () => {
    const { bytes, uri, size } = await convert(ionToExcel, records);
    expect(uri).toMatch(/\.xlsx$/);
    expect(size).toBe(2);
    const nothing = Object.fromEntries(Object.keys(record).map((name) => [name, null]));
    expect((await read(bytes)).sheets).toEqual({
      Sheet: [
        { ...record, inner: '{"a":[1]}', at: "2024-03-01T10:05:06.789" },
        { ...nothing, id: 8 },
      ],
    });
  });

  test.each([
    [{}, ["2024-03-01", "10:05:00", "2024-03-01T10:05:06.789"]],
    [
      { dateFormat: "d MMM yy", timeFormat: "h:mm a", dateTimeFormat: "EEEE HH:mm:ss.S", timeZoneId: "UTC" },
      ["1 Mar 24", "10:05 AM", "Friday 08:05:06.7"],
    ],
  ])("dates are shown as %j asks for", async (properties, expected) => {
    const { bytes } = await convert(ionToExcel, records, { sheetsTitle: "Dates", ...properties });
    const { sheets } = await read(bytes, { dateTimeRender: "FORMATTED_STRING" });
    const { day, time, at } = sheets["Dates"]![0] as Record<string, unknown>;
    expect([day, time, at]).toEqual(expected);
  });

  test("without styles, dates are texts", async () => {
    const { bytes } = await convert(ionToExcel, records, { styles: false });
    expect((await read(bytes)).sheets["Sheet"]![0]).toMatchObject({ day: "2024-03-01", at: record.at });
  });

  test("rows may have no header", async () => {
    const { bytes } = await convert(ionToExcel, '[1,"a"]\n[2]\n', { header: false });
    expect((await read(bytes, { header: false })).sheets).toEqual({ Sheet: [[1, "a"], [2]] });
  });

  test.each<[string, unknown]>([
    ["a map", { One: "{{ one }}", Two: FROM }],
    ["an expression for a map", "{{ map }}"],
    ["JSON text of a map", '{"One": "kestra:///in/one", "Two": "kestra:///in/file"}'],
  ])("several sheets are given by %s", async (_what, from) => {
    const one = "kestra:///in/one";
    await using world = createTestWorld({ variables: { one, map: { One: one, Two: FROM } } });
    world.files.seed(one, '{"a":1}\n');
    world.files.seed(FROM, '{"b":2}\n{"b":3}\n');
    const { outputs, message } = await world.run(ionToExcel, { from } as JsonMap);
    expect(message).toBeUndefined();
    expect(outputs?.["size"]).toBe(3);
    const bytes = Buffer.concat((await Array.fromAsync(await world.files.read(String(outputs?.["uri"])))) as Buffer[]);
    expect((await read(bytes)).sheets).toEqual({ One: [{ a: 1 }], Two: [{ b: 2 }, { b: 3 }] });
  });

  test.each<[JsonMap, string]>([
    [{ from: [FROM] }, "`from` must be the URI of a file, or a map"],
    [{ from: "{broken" }, "`from` must be the URI of a file, or a map"],
    [{ from: {} }, "`from` must be the URI of a file, or a map"],
    [{ sheetsTitle: "a/b" }, 'can\'t be named "a/b"'],
    [{ sheetsTitle: "x".repeat(32) }, "use up to 31 characters"],
    [{ from: { A: FROM, a: FROM } }, 'Two sheets are named "a"'],
    [{ dateFormat: "Q" }, "the letter Q is not known"],
  ])("%j is refused", async (properties, message) => {
    expect(await convert(ionToExcel, records, properties)).toMatchObject({
      state: "FAILED",
      message: expect.stringContaining(message),
    });
  });

  test("a text may be as long as Excel allows, and no longer", async () => {
    const longest = JSON.stringify({ a: "x".repeat(CELL_CHARACTERS_MAX) });
    expect((await convert(ionToExcel, `${longest}\n`)).state).toBe("SUCCESS");
    const longer = JSON.stringify({ a: 1, b: "x".repeat(CELL_CHARACTERS_MAX + 1) });
    expect((await convert(ionToExcel, `${longer}\n`)).message).toMatch(
      /^The cell B2 of the sheet Sheet would have 32768 characters/,
    );
  });

  test("a sheet has as many rows and columns as Excel allows, and no more", async () => {
    const formats = { date: "", time: "", dateTime: "" };
    const write = async (rows: number, columns: number) => {
      async function* some() {
        const row = Array.from({ length: columns }, () => null);
        for (let number = 0; number < rows; number += 1) yield row;
      }
      for await (const _piece of await workbookOf([{ name: "S", rows: some() }], formats));
    };
    await write(ROWS_MAX, 1);
    await expect(write(ROWS_MAX + 1, 1)).rejects.toThrow(`more than the ${ROWS_MAX} rows`);
    await write(1, COLUMNS_MAX);
    await expect(write(1, COLUMNS_MAX + 1)).rejects.toThrow(`more than the ${COLUMNS_MAX} columns`);
  });
});
