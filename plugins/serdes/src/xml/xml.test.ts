import { describe, expect, test } from "vitest";
import { convert, recordsIn } from "../testing/convert.ts";
import { ionToXml } from "./ion-to-xml.ts";
import { DEPTH_MAX, RECORD_CHARACTERS_MAX } from "./xml-elements.ts";
import { xmlToIon } from "./xml-to-ion.ts";

const CATALOG = `<?xml version="1.0" encoding="UTF-8"?>
<!-- products -->
<catalog updated="2024-03-01">
  <product id="1"><name>A &amp; B</name><price>1.50</price><tag>x</tag><tag>y</tag></product>
  <product id="2"><name><![CDATA[<C>]]></name><empty/><note lang="en">hello</note></product>
</catalog>`;
const [FIRST, SECOND] = [
  { id: 1, name: "A & B", price: 1.5, tag: ["x", "y"] },
  { id: 2, name: "<C>", empty: "", note: { lang: "en", content: "hello" } },
];

describe("XmlToIon", () => {
  test("a document is one record", async () => {
    const { text, size, uri } = await convert(xmlToIon, CATALOG);
    expect(recordsIn(text)).toEqual([{ catalog: { updated: "2024-03-01", product: [FIRST, SECOND] } }]);
    expect(size).toBe(1);
    expect(uri).toMatch(/\.ion$/);
  });

  test.each<[string, unknown[]]>([
    ["/catalog/product", [FIRST, SECOND]],
    ["#/catalog/product", [FIRST, SECOND]],
    ["/catalog/product/1", [SECOND]],
    ["/catalog/product/name", ["A & B", "<C>"]],
    ["/catalog/product/0/tag/1", ["y"]],
    ["/catalog/product/id", [1, 2]],
    ["/catalog/updated", ["2024-03-01"]],
    ["/catalog", [{ updated: "2024-03-01", product: [FIRST, SECOND] }]],
  ])("the path %s leads to records", async (query, expected) => {
    expect(recordsIn((await convert(xmlToIon, CATALOG, { query })).text)).toEqual(expected);
  });

  test("a path to nothing is told", async () => {
    const { size, warnings } = await convert(xmlToIon, CATALOG, { query: "/catalog/nothing" });
    expect(size).toBe(0);
    expect(warnings).toEqual(["The XML file has nothing at the path /catalog/nothing."]);
  });

  test("elements may be lists also when there is one", async () => {
    const parserConfiguration = { forceList: ["product", "name"] };
    const { text } = await convert(xmlToIon, "<c><product><name>x</name></product></c>", { parserConfiguration });
    expect(recordsIn(text)).toEqual([{ c: { product: [{ name: ["x"] }] } }]);
  });

  test.each([
    ["<a>007</a>", '{"a":"007"}'],
    ["<a>12345678901234567890.10</a>", '{"a":12345678901234567890.10}'],
    ["<a> True </a>", '{"a":true}'],
    ["<a>null</a>", '{"a":null}'],
    ["<a>-</a>", '{"a":"-"}'],
    ["<a>1<b/>2</a>", '{"a":{"b":"","content":12}}'],
    ["<n:a xmlns:n='urn:x'>y</n:a>", '{"n:a":{"xmlns:n":"urn:x","content":"y"}}'],
    ["<__proto__>x</__proto__>", '{"__proto__":"x"}'],
  ])("%s is %s", async (content, expected) => {
    expect((await convert(xmlToIon, content)).text).toBe(`${expected}\n`);
  });

  test.each([
    ["<a><b></a>", {}, /^The file is no XML, at 1:\d+: unexpected close tag/],
    ["<a>", {}, /^The file is no XML, at 1:\d+: unclosed tag: a/],
    ["", {}, /^The file is no XML/],
    ["<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", {}, /undefined entity/],
    ["<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", {}, /undefined entity/],
    [CATALOG, { query: "catalog" }, /^The query "catalog" is no path\. Write it like \/items\/item/],
  ])("%j with %j fails", async (content, properties, message) => {
    const outcome = await convert(xmlToIon, content, properties);
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringMatching(message) });
  });

  test("elements have a greatest depth", async () => {
    const nested = (depth: number) => "<a>".repeat(depth) + "</a>".repeat(depth);
    expect((await convert(xmlToIon, nested(DEPTH_MAX))).state).toBe("SUCCESS");
    expect((await convert(xmlToIon, nested(DEPTH_MAX + 1))).message).toContain(`more than ${DEPTH_MAX} deep`);
  });

  test("a record has a greatest length, which a path keeps it below", async () => {
    const item = `<item>${"x".repeat(1_000_000)}</item>`;
    const content = `<items>${item.repeat(Math.ceil(RECORD_CHARACTERS_MAX / 1_000_000) + 1)}</items>`;
    expect((await convert(xmlToIon, content)).message).toContain(`more than ${RECORD_CHARACTERS_MAX} characters`);
    expect((await convert(xmlToIon, content, { query: "/items/item" })).state).toBe("SUCCESS");
  });
});

describe("IonToXml", () => {
  test("each record is an item", async () => {
    const { text, uri, size } = await convert(
      ionToXml,
      '{"id":1,"name":"A & <B>","tags":["x","y"],"in":{"n":null}}\n"text"\n[1,2]\n',
    );
    expect(text).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<items>
  <item>
    <id>1</id>
    <name>A &amp; &lt;B&gt;</name>
    <tags>x</tags>
    <tags>y</tags>
    <in>
      <n/>
    </in>
  </item>
  <item>text</item>
  <item>
    <item>1</item>
    <item>2</item>
  </item>
</items>
`,
    );
    expect(uri).toMatch(/\.xml$/);
    expect(size).toBe(3);
  });

  test("names that elements can't have are changed, and told once", async () => {
    const { text, warnings } = await convert(ionToXml, '{"1st name":"a","ö":"b"}\n{"1st name":"c"}\n', {
      rootName: "my list",
    });
    expect(text).toContain("<my_list>\n");
    expect(text).toContain("<_1st_name>a</_1st_name>\n    <ö>b</ö>");
    expect(warnings).toEqual([
      '"my list" is no name of an element; it is written as my_list',
      '"1st name" is no name of an element; it is written as _1st_name',
    ]);
  });

  test("characters that XML can't hold are replaced", async () => {
    const { text } = await convert(ionToXml, `${JSON.stringify({ a: "x\u0000\ud800y\r\n\tz" })}\n`);
    expect(text).toContain("<a>x\uFFFD\uFFFDy&#13;\n\tz</a>");
  });

  test("dates are written in a zone when one is given, and the charset is declared", async () => {
    const { bytes } = await convert(ionToXml, '{"é":"2024-07-01T10:00:00Z"}\n', {
      timeZoneId: "Europe/Paris",
      charset: "ISO-8859-1",
    });
    const text = bytes.toString("latin1");
    expect(text).toContain('encoding="ISO-8859-1"');
    expect(text).toContain("<é>2024-07-01T12:00:00+02:00</é>");
  });

  test("what is written is read back", async () => {
    const records = [
      { a: "x\ny & z", b: { c: [1, 2.5, true] } },
      { a: "", b: "007" },
    ];
    const { text } = await convert(ionToXml, records.map((record) => JSON.stringify(record)).join("\n"));
    expect(recordsIn((await convert(xmlToIon, text, { query: "/items/item" })).text)).toEqual(records);
  });

  test("no records are an empty list", async () => {
    expect((await convert(ionToXml, "")).text).toContain("<items>\n</items>\n");
  });
});

test("the older names are known", () => {
  expect([...xmlToIon.aliases!, ...ionToXml.aliases!]).toEqual([
    "io.kestra.plugin.serdes.xml.XmlReader",
    "io.kestra.plugin.serdes.xml.XmlWriter",
  ]);
});
