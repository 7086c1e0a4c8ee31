import type { JsonMap } from "@capstan/sdk";
import { parquetMetadata } from "hyparquet";
import { describe, expect, test } from "vitest";
import { convert, recordsIn } from "../testing/convert.ts";
import { fixture } from "../testing/fixture.ts";
import { ionToParquet } from "./ion-to-parquet.ts";
import { parquetToIon } from "./parquet-to-ion.ts";

function schemaOf(fields: Record<string, unknown>): string {
  return JSON.stringify({
    type: "record",
    name: "R",
    fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
  });
}

async function throughParquet(records: string, properties: JsonMap = {}): Promise<unknown> {
  const { bytes, message } = await convert(ionToParquet, records, properties);
  return message ?? recordsIn((await convert(parquetToIon, bytes)).text);
}

function metadataOf(bytes: Buffer) {
  return parquetMetadata(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
}

describe("ParquetToIon", () => {
  const nothing = { i: null, s: null, b: null, by: null, day: null, li: null, st: null, mp: null };

  test.each(["snappy", "zstd", "brotli"])("reads what pyarrow wrote, packed with %s", async (codec) => {
    const { text, size, uri } = await convert(parquetToIon, fixture(`pyarrow-${codec}.parquet`));
    expect(size).toBe(3);
    expect(uri).toMatch(/\.ion$/);
    const [first, second, third] = recordsIn(text);
    expect(text).toContain('"l":9007199254740993,');
    expect(text).toContain('"dec":-12345678901234567.89,');
    expect(text).toContain('"u64":18446744073709551615,');
    expect(first).toMatchObject({
      i: 1,
      f: 1.5,
      s: "é😀",
      b: true,
      by: "AP8=",
      day: "2024-03-01",
      ts: "2024-03-01T10:05:06.789123Z",
      lts: "2024-03-01T10:05:06.789",
      tns: "2024-03-01T10:05:06.789123",
      tm: "10:05:06.789",
      tu: "10:05:06.789123",
      dec9: -1.25,
      li: [1, null],
      ls: [{ a: 1, b: "x" }],
      st: { x: 1, y: { z: [1.5] } },
      mp: { k: 1 },
      u8: 255,
      dict: "a",
    });
    expect(second).toMatchObject(nothing);
    expect(third).toMatchObject({
      f: null,
      s: "",
      by: "",
      day: "1900-01-01",
      li: [],
      ls: [],
      st: { x: null, y: null },
      mp: {},
    });
  });

  test("reads timestamps of the older kind", async () => {
    const { text } = await convert(parquetToIon, fixture("pyarrow-int96.parquet"));
    expect(recordsIn(text)).toEqual([{ t: "2024-03-01T10:05:06.000Z" }]);
  });

  test.each([
    [Buffer.from("a,b\n1,2\nthis is some text"), /^The Parquet file can't be read: /],
    [fixture("pyarrow-zstd.parquet").subarray(100), /^The Parquet file can't be read: /],
  ])("another file is refused", async (content, message) => {
    expect(await convert(parquetToIon, content)).toMatchObject({
      state: "FAILED",
      message: expect.stringMatching(message),
    });
  });
});

describe("IonToParquet", () => {
  const schema = schemaOf({
    id: "long",
    n: ["null", "int"],
    f: "float",
    d: "double",
    b: "boolean",
    s: "string",
    by: "bytes",
    fx: { type: "fixed", name: "Fx", size: 2 },
    en: { type: "enum", name: "En", symbols: ["A", "B"] },
    ar: { type: "array", items: ["null", "int"] },
    mp: { type: "map", values: "string" },
    day: { type: "int", logicalType: "date" },
    tm: { type: "int", logicalType: "time-millis" },
    tu: { type: "long", logicalType: "time-micros" },
    ts: { type: "long", logicalType: "timestamp-millis" },
    tus: { type: "long", logicalType: "timestamp-micros" },
    lts: { type: "long", logicalType: "local-timestamp-millis" },
    ltu: { type: "long", logicalType: "local-timestamp-micros" },
    dec: { type: "bytes", logicalType: "decimal", precision: 10, scale: 2 },
    sub: ["null", { type: "record", name: "Sub", fields: [{ name: "x", type: ["null", "int"] }] }],
  });
  const record = {
    id: 1,
    n: null,
    f: 1.5,
    d: 0.1,
    b: true,
    s: "é",
    en: "B",
    ar: [1, null],
    mp: { k: "v" },
    day: "2024-03-01",
    tm: "10:05:06.789",
    tu: "10:05:06.789123",
    ts: "2024-03-01T10:05:06.789Z",
    tus: "2024-03-01T10:05:06.789123Z",
    lts: "2024-03-01T10:05:06.789",
    ltu: "2024-03-01T10:05:06.789123",
    dec: -123.45,
    sub: { x: null },
  };
  const line = `${JSON.stringify({ ...record, by: "hi", fx: "hi" })}\n`;

  test.each(["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"])(
    "what is written is read back, packed with %s",
    async (compressionCodec) => {
      const { bytes, uri, size } = await convert(ionToParquet, line, { schema, compressionCodec, timeZoneId: "UTC" });
      expect(uri).toMatch(/\.parquet$/);
      expect(size).toBe(1);
      expect(metadataOf(bytes).row_groups[0]!.columns[0]!.meta_data!.codec).toBe(compressionCodec);
      expect(recordsIn((await convert(parquetToIon, bytes)).text)).toEqual([{ ...record, by: "aGk=", fx: "aGk=" }]);
    },
  );

  test("without a schema, it is inferred, and columns may have any name", async () => {
    const records = [
      { "my id": 1, a: ["x"], in: { b: true } },
      { "my id": null, a: [], in: null },
      { "my id": 3, a: null, in: { b: null } },
    ];
    expect(await throughParquet(records.map((one) => JSON.stringify(one)).join("\n"))).toEqual(records);
  });

  test("rows are written in groups, whose size is theirs in memory", async () => {
    const lines = Array.from({ length: 2_000 }, (_, id) => `{"id":${id},"text":"${"x".repeat(92)}"}\n`).join("");
    const { bytes, size } = await convert(ionToParquet, lines, { rowGroupSize: 54_000 });
    expect(size).toBe(2_000);
    expect(metadataOf(bytes).row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([500, 500, 500, 500]);
    expect((await convert(parquetToIon, bytes)).text).toBe(lines);
  });

  test("no records are a file without rows", async () => {
    expect(await throughParquet("", { schema })).toEqual([]);
  });

  test.each<[JsonMap, RegExp]>([
    [{ parquetVersion: "V1" }, /version V1 can't be written/],
    [{ schema: schemaOf({ v: ["int", "string"] }) }, /^The field "v" has several types: Parquet needs one/],
    [
      { schema: '{"type":"record","name":"R","fields":[{"name":"r","type":["null","R"]}]}' },
      /^The field "r" holds its own record/,
    ],
    [{ schema: '{"type":"record","name":"R","fields":[]}' }, /^The schema has no fields/],
    [{ schema: schemaOf({ v: "null" }) }, /^The field "v" has the type null, which Parquet has not/],
    [{ schema: schemaOf({ v: "int" }) }, /^Record 1\.v: "x" can't be converted to int/],
    [{}, /^No schema can be inferred/],
  ])("%j fails", async (properties, message) => {
    const records = Object.keys(properties).length === 0 ? "" : '{"v":"x"}\n';
    expect(await throughParquet(records, properties)).toMatch(message);
  });
});

test("the older names are known", () => {
  expect([...ionToParquet.aliases!, ...parquetToIon.aliases!]).toEqual([
    "io.kestra.plugin.serdes.parquet.ParquetWriter",
    "io.kestra.plugin.serdes.parquet.ParquetReader",
  ]);
});
