import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { describe, expect, test } from "vitest";
import { convert, FROM, recordsIn } from "../testing/convert.ts";
import { fixture } from "../testing/fixture.ts";
import { avroToIon } from "./avro-to-ion.ts";
import { inferAvroSchemaFromIon } from "./infer-avro-schema-from-ion.ts";
import { ionToAvro } from "./ion-to-avro.ts";

/** Schema text of a record with these fields. */
function schemaOf(fields: Record<string, unknown>): string {
  return JSON.stringify({
    type: "record",
    name: "R",
    fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
  });
}

/** What records become as Avro, and read from it again. */
async function throughAvro(records: readonly unknown[], properties: JsonMap) {
  const lines = records.map((record) => `${typeof record === "string" ? record : JSON.stringify(record)}\n`).join("");
  const written = await convert(ionToAvro, lines, properties);
  if (written.state !== "SUCCESS") return { ...written, records: [] };
  const { text } = await convert(avroToIon, written.bytes);
  return { ...written, read: text, records: recordsIn(text) };
}

/** What one value becomes. */
async function valueAs(type: unknown, value: unknown, properties: JsonMap = {}): Promise<unknown> {
  const { records, message } = await throughAvro([{ v: value }], {
    schema: schemaOf({ v: type }),
    timeZoneId: "UTC",
    ...properties,
  });
  return message ?? (records[0] as Record<string, unknown>)["v"];
}

const logical = (type: unknown, logicalType: string, more = {}) => ({ type, logicalType, ...more });
const date = logical("int", "date");
const millis = logical("long", "timestamp-millis");
const micros = logical("long", "timestamp-micros");
const local = logical("long", "local-timestamp-millis");
const decimal = logical("bytes", "decimal", { precision: 5, scale: 2 });

describe("IonToAvro", () => {
  test.each<[unknown, unknown, unknown]>([
    ["null", null, null],
    ["boolean", true, true],
    ["boolean", "Yes", true],
    ["boolean", "", false],
    ["boolean", 1, true],
    ["boolean", 2, /^Record 1\.v: 2 can't be converted to boolean/],
    ["int", "-2147483648", -2_147_483_648],
    ["int", 2_147_483_648, /can't be converted to int/],
    ["int", 1.5, /^Record 1\.v: 1\.5 can't be converted to int/],
    ["long", Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ["long", "9223372036854775808", /can't be converted to long/],
    ["float", 1.5, 1.5],
    ["double", " -1.25e3 ", -1_250],
    ["double", "NaN", null],
    ["double", "1,5", /can't be converted to double/],
    ["string", 1.5, "1.5"],
    ["string", { a: 1 }, '{"a":1}'],
    ["string", null, /^Record 1\.v: null can't be converted to string/],
    ["bytes", "hi", "aGk="],
    [{ type: "fixed", name: "F", size: 2 }, "hi", "aGk="],
    [{ type: "fixed", name: "F", size: 3 }, "hi", /can't be converted to 3 bytes/],
    [{ type: "enum", name: "E", symbols: ["A", "B"] }, "B", "B"],
    [{ type: "enum", name: "E", symbols: ["A", "B"] }, "C", /can't be converted to one of A, B/],
    [{ type: "array", items: "int" }, [1, "2"], [1, 2]],
    [{ type: "array", items: "int" }, [1, "x"], /^Record 1\.v\[1\]: "x" can't be converted to int/],
    [{ type: "map", values: "int" }, { a: "1" }, { a: 1 }],
    [{ type: "map", values: "int" }, { a: {} }, /^Record 1\.v\[a\]: \{\} can't be converted to int/],
    [["null", "int"], "n/a", null],
    [["null", "int"], "x", /^Record 1\.v: "x" can't be converted to int/],
    [["null", "int", "string"], "x", "x"],
    [["int", "null"], "n/a", null],
    [["int", "boolean"], "no", false],
    [["int", "boolean"], [], /^Record 1\.v: \[\] can't be converted to one of int, boolean/],
    [date, "2024-03-01", "2024-03-01"],
    [date, "2024-03-01T23:30:00-05:00", "2024-03-02"],
    [date, 1, "1970-01-02"],
    [date, "1 March", /can't be converted to date/],
    [logical("int", "time-millis"), "10:05:06.789123", "10:05:06.789"],
    [logical("long", "time-micros"), "10:05", "10:05:00"],
    [logical("long", "time-micros"), "x", /can't be converted to time/],
    [millis, "2024-03-01T10:05:06.789123+02:00", "2024-03-01T08:05:06.789Z"],
    [millis, "1709287506789", "2024-03-01T10:05:06.789Z"],
    [micros, "1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z"],
    [millis, "1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"],
    [micros, "2024-03-01", "2024-03-01T00:00:00Z"],
    [local, "2024-03-01T10:05:06", "2024-03-01T10:05:06"],
    [decimal, "-123.455", -123.46],
    [decimal, 1.005, 1],
    [decimal, "0.025", 0.02],
    [decimal, "12e-1", 1.2],
    [decimal, "1000", /a decimal with 5 digits/],
    [logical("fixed", "decimal", { name: "F", size: 1, precision: 3, scale: 1 }), "12.8", /a decimal of 1 bytes/],
    [logical("string", "uuid"), "12345678-1234-5678-1234-567812345678", "12345678-1234-5678-1234-567812345678"],
    [logical("string", "uuid"), "x", /can't be converted to uuid/],
    [logical("string", "unknown"), "x", "x"],
  ])("the type %j takes %j", async (type, value, expected) => {
    const actual = await valueAs(type, value);
    if (expected instanceof RegExp) expect(actual).toMatch(expected);
    else expect(actual).toEqual(expected);
  });

  test.each<[unknown, unknown, JsonMap, unknown]>([
    ["double", "1,5", { decimalSeparator: "," }, 1.5],
    ["boolean", "ja", { trueValues: ["ja"] }, true],
    [["null", "string"], "-", { nullValues: ["-"] }, null],
    [date, "1. Mar. 2024", { dateFormat: "d. MMM. yyyy" }, "2024-03-01"],
    [date, "2024-03-01", { dateFormat: "dd/MM/yyyy" }, "2024-03-01"],
    [date, "30/02/2024", { dateFormat: "dd/MM/yyyy" }, /can't be converted to date/],
    [logical("int", "time-millis"), "3:04:05 pm", { timeFormat: "h:mm:ss a" }, "15:04:05"],
    [millis, "01.03.24 10:05 +0200", { datetimeFormat: "dd.MM.yy HH:mm Z" }, "2024-03-01T08:05:00Z"],
    [millis, "2024-07-01T10:00:00", { timeZoneId: "Europe/Paris" }, "2024-07-01T08:00:00Z"],
    [local, "2024-07-01T10:00:00Z", { timeZoneId: "Europe/Paris" }, "2024-07-01T12:00:00"],
    ["string", "yes", { inferAllFields: true }, "true"],
    [["null", "string"], "n/a", { inferAllFields: true, nullValues: ["N/A"] }, null],
    [date, "2024-03-01", { dateFormat: "QQ" }, /the letter Q is not known/],
    [millis, "2024-03-01T10:00:00", { timeZoneId: "Mars" }, /"Mars" is no time zone/],
  ])("the type %j takes %j with %j", async (type, value, properties, expected) => {
    const actual = await valueAs(type, value, properties);
    if (expected instanceof RegExp) expect(actual).toMatch(expected);
    else expect(actual).toEqual(expected);
  });

  test("long numbers keep all of their digits", async () => {
    const { read } = (await throughAvro(['{"v":9007199254740993}'], { schema: schemaOf({ v: "long" }) })) as {
      read: string;
    };
    expect(read).toBe('{"v":9007199254740993}\n');
  });

  test("records may be within records, and name their types", async () => {
    const schema = JSON.stringify({
      type: "record",
      name: "Node",
      namespace: "a.b",
      fields: [
        { name: "value", type: "int", aliases: ["wert"] },
        { name: "next", type: ["null", "Node"], default: null },
        { name: "label", type: "string", default: "none" },
      ],
    });
    const { records } = await throughAvro([{ wert: 1, next: { value: 2, label: "x" } }, [3]], { schema });
    expect(records).toEqual([
      { value: 1, next: { value: 2, next: null, label: "x" }, label: "none" },
      { value: 3, next: null, label: "none" },
    ]);
  });

  test("without a schema, it is inferred", async () => {
    const records = [
      { id: 1, tags: ["x"], in: { a: true } },
      { id: 3_000_000_000, in: { b: 1.5 } },
    ];
    expect((await throughAvro(records, {})).records).toEqual([
      { id: 1, tags: ["x"], in: { a: true, b: null } },
      { id: 3_000_000_000, tags: null, in: { a: null, b: 1.5 } },
    ]);
  });

  describe("a record that doesn't fit", () => {
    const schema = schemaOf({ id: "int", n: ["null", "int"] });
    const records = [{ id: 1, n: "x" }, { id: "x" }, { id: 3 }];

    test("fails the task", async () => {
      const { state, message } = await throughAvro(records, { schema });
      expect(state).toBe("FAILED");
      expect(message).toBe('Record 1.n: "x" can\'t be converted to int. Set `onBadLines` to leave such records out.');
    });

    test("is left out with a warning, unless null will do", async () => {
      const { records: read, warnings, size } = await throughAvro(records, { schema, onBadLines: "WARN" });
      expect(read).toEqual([
        { id: 1, n: null },
        { id: 3, n: null },
      ]);
      expect(size).toBe(2);
      expect(warnings).toEqual(['Record 2.id: "x" can\'t be converted to int; the record is left out']);
    });

    test("is one with more fields, when the schema is strict", async () => {
      const more = [{ id: 1, n: 1, x: 1 }];
      expect((await throughAvro(more, { schema })).records).toEqual([{ id: 1, n: 1 }]);
      const { message } = await throughAvro(more, { schema, strictSchema: true });
      expect(message).toMatch(/^Record 1: there are 3 fields, but the schema has 2/);
    });
  });

  test.each([
    ["{", "The Avro schema can't be used: "],
    ['"string"', 'it is of the type string; records need the type "record"'],
    [schemaOf({ a: "strin" }), 'the type "strin" is not known'],
    [schemaOf({ "a b": "string" }), '"a b" can\'t be a field of Avro'],
    [schemaOf({ a: [] }), "a union must have types"],
    [schemaOf({ a: { type: "fixed", name: "F" } }), 'a fixed type needs a "size"'],
    [schemaOf({ a: { type: "enum", name: "E", symbols: 1 } }), '"symbols" must be a list of texts'],
    [schemaOf({ a: { type: "enum", name: "R", symbols: [] } }), 'the type "R" is defined twice'],
    [schemaOf({ a: logical("bytes", "decimal") }), 'a decimal needs a "precision"'],
    ['{"type":"record","name":"R"}', 'has no list "fields"'],
    ['{"type":"record","name":"1","fields":[]}', '"1" is no name of a type'],
  ])("the schema %s is refused", async (schema, message) => {
    expect((await convert(ionToAvro, "{}\n", { schema })).message).toContain(message);
  });
});

describe("AvroToIon", () => {
  const record = {
    id: 9_007_199_254_740_992,
    n: -5,
    f: 1.5,
    d: 0.1,
    b: true,
    s: "é😀",
    by: "AP8=",
    fx: "YWI=",
    en: "B",
    ar: [1, -2, 300_000],
    mp: { k: "v" },
    day: "2024-03-01",
    tm: "10:05:06.789",
    tu: "10:05:06.789123",
    ts: "2024-03-01T10:05:06.789Z",
    tus: "1969-12-31T23:59:59.999999Z",
    lts: "2024-03-01T10:05:06",
    dec: -123.45,
    fdec: 123_456_789.001,
    u: "12345678-1234-5678-1234-567812345678",
    sub: { x: 1, next: { x: 2, next: null } },
  };

  test.each(["deflate", "snappy", "zstandard"])("reads what fastavro wrote, packed with %s", async (codec) => {
    const { text, size, uri } = await convert(avroToIon, fixture(`fastavro-${codec}.avro`));
    expect(size).toBe(2);
    expect(uri).toMatch(/\.ion$/);
    expect(text).toContain('"id":9007199254740993,');
    // JavaScript reads the id as the even number next to it.
    expect(recordsIn(text)).toEqual([record, record]);
  });

  test("many blocks are read as they are written", async () => {
    const lines = Array.from({ length: 20_000 }, (_, id) => `{"id":${id},"text":"some text of a record"}\n`).join("");
    const { bytes } = await convert(ionToAvro, lines);
    expect((await convert(avroToIon, bytes)).text).toBe(lines);
  });

  test.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    ["is something else", () => Buffer.from("a,b\n"), /^The file is no Avro file/],
    ["is cut off", (bytes) => bytes.subarray(0, -20), /^The Avro file is damaged: it ends within a block/],
    [
      "has another end",
      (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1)! ^ 1])]),
      /a block has another end/,
    ],
    [
      "is packed in an unknown way",
      (bytes) => Buffer.from(bytes.toString("latin1").replace("deflate", "deflatx"), "latin1"),
      /packed with "deflatx"/,
    ],
  ])("a file that %s is refused", async (_what, change, message) => {
    const outcome = await convert(avroToIon, change(fixture("fastavro-deflate.avro")));
    expect(outcome).toMatchObject({ state: "FAILED", message: expect.stringMatching(message) });
  });

  test("a value that goes beyond its block is refused", async () => {
    const { bytes } = await convert(ionToAvro, '{"v":"text"}\n', { schema: schemaOf({ v: "string" }) });
    const at = bytes.lastIndexOf("text") - 1;
    bytes[at] = 0x7e;
    expect((await convert(avroToIon, bytes)).message).toBe("The Avro file is damaged: a value goes beyond its block.");
  });
});

describe("InferAvroSchemaFromIon", () => {
  async function fieldsOf(records: string, properties: JsonMap = {}): Promise<Record<string, unknown>> {
    await using world = createTestWorld();
    world.files.seed(FROM, records);
    const { outputs, message } = await world.run(inferAvroSchemaFromIon, { from: FROM, ...properties });
    if (outputs === undefined) throw new Error(message);
    const { fields } = JSON.parse(await world.files.text(String(outputs["uri"]))) as {
      fields: { name: string; type: unknown[] }[];
    };
    return Object.fromEntries(fields.map(({ name, type }) => [name, type[1]]));
  }

  test("each field may be null, and what has several types is text", async () => {
    const records =
      '{"i":1,"l":12345678901,"d":1,"b":true,"s":"2024-03-01","n":null,"m":1,"a":[1,2.5],"r":{"x":1},"big":9007199254740993}\n{"d":1.5,"m":"x","r":{"y":"z"}}\n';
    expect(await fieldsOf(records)).toEqual({
      i: "int",
      l: "long",
      d: "double",
      b: "boolean",
      s: "string",
      n: "string",
      m: "string",
      a: { type: "array", items: ["null", "double"] },
      r: {
        type: "record",
        name: "root_r",
        fields: [
          { name: "x", type: ["null", "int"], default: null },
          { name: "y", type: ["null", "string"], default: null },
        ],
      },
      big: "long",
    });
  });

  test("only the first records are scanned", async () => {
    expect(await fieldsOf('{"a":1}\n{"a":"x"}\n', { numberOfRowsToScan: 1 })).toEqual({ a: "int" });
  });

  test.each([
    ["", "the file has no records"],
    ["1\n", "the records are no maps of fields"],
  ])("from %j nothing can be inferred", async (records, message) => {
    await expect(fieldsOf(records)).rejects.toThrow(message);
  });
});

test("the older names are known", () => {
  expect([...ionToAvro.aliases!, ...avroToIon.aliases!]).toEqual([
    "io.kestra.plugin.serdes.avro.AvroWriter",
    "io.kestra.plugin.serdes.avro.AvroReader",
  ]);
});
