import type { Scripted } from "./trino-server.ts";

type Signature = { readonly rawType: string; readonly arguments: readonly object[] };
const plain = (rawType: string): Signature => ({ rawType, arguments: [] });
const scaled = (rawType: string, ...numbers: readonly number[]): Signature => ({
  rawType,
  arguments: numbers.map((value) => ({ kind: "LONG", value })),
});
const of = (rawType: string, ...types: readonly Signature[]): Signature => ({
  rawType,
  arguments: types.map((value) => ({ kind: "TYPE", value })),
});
const row = (...fields: readonly (readonly [name: string | null, type: Signature])[]): Signature => ({
  rawType: "row",
  arguments: fields.map(([name, typeSignature]) => ({
    kind: "NAMED_TYPE",
    value: { ...(name !== null && { fieldName: { name, delimited: false } }), typeSignature },
  })),
});

/** Types as the server tells them; a value as it writes it in JSON; as Trino's own client for Python shows it, in Python; and as it is put out. */
const VALUES: readonly (readonly [type: Signature, json: string, python: string, shown: unknown])[] = [
  [plain("boolean"), "true", "True", true],
  [plain("bigint"), "9007199254740993", "9007199254740993", "9007199254740993"],
  [plain("double"), "1.5", "1.5", 1.5],
  [plain("double"), '"NaN"', "nan", "NaN"],
  [plain("real"), '"-Infinity"', "-inf", "-Infinity"],
  [scaled("decimal", 4, 2), '"12.50"', "Decimal('12.50')", 12.5],
  [
    scaled("decimal", 38, 18),
    '"12345678901234567890.123456789012345678"',
    "Decimal('12345678901234567890.123456789012345678')",
    "12345678901234567890.123456789012345678",
  ],
  [scaled("varchar", 5), '"äß€\'\\n"', '"äß€\'\\n"', "äß€'\n"],
  [plain("varbinary"), '"AP8Q"', String.raw`b'\x00\xff\x10'`, "AP8Q"],
  [plain("date"), '"2024-03-01"', "datetime.date(2024, 3, 1)", "2024-03-01"],
  [scaled("time", 3), '"10:00:00.500"', "datetime.time(10, 0, 0, 500000)", "10:00:00.5"],
  [
    scaled("timestamp", 6),
    '"2024-03-01 10:00:00.123456"',
    "datetime.datetime(2024, 3, 1, 10, 0, 0, 123456)",
    "2024-03-01T10:00:00.123456",
  ],
  [
    scaled("timestamp with time zone", 3),
    '"2024-07-01 12:00:00.250 Europe/Paris"',
    "datetime.datetime(2024, 7, 1, 12, 0, 0, 250000, tzinfo=zoneinfo.ZoneInfo(key='Europe/Paris'))",
    "2024-07-01T10:00:00.25Z",
  ],
  [
    scaled("timestamp with time zone", 0),
    '"2024-07-01 12:00:00 +02:00"',
    "datetime.datetime(2024, 7, 1, 12, 0, tzinfo=datetime.timezone(datetime.timedelta(seconds=7200)))",
    "2024-07-01T10:00:00Z",
  ],
  [plain("json"), '"{\\"a\\":[1]}"', `'{"a":[1]}'`, { a: [1] }],
  [of("array", scaled("decimal", 4, 2)), '["12.50",null]', "[Decimal('12.50'), None]", [12.5, null]],
  [of("map", plain("varchar"), plain("bigint")), '{"a":1}', "{'a': 1}", { a: 1 }],
  [row(["x", plain("bigint")], ["y", plain("varchar")]), '[1,"b"]', "(x: 1, y: 'b')", { x: 1, y: "b" }],
  [row([null, plain("bigint")], ["y", plain("varchar")]), '[1,"b"]', "(1, y: 'b')", [1, "b"]],
  [
    plain("uuid"),
    '"61f0c404-5cb3-11e7-907b-a6006ad3dba0"',
    "UUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')",
    "61f0c404-5cb3-11e7-907b-a6006ad3dba0",
  ],
];

/** One row of all these values. */
export const ALL_TYPES = "SELECT * FROM all_types";
export const ANSWERS: Scripted = {
  [ALL_TYPES]: {
    columns: VALUES.map(([type], index) => ({ name: `c${index}`, type: type.rawType, typeSignature: type })),
    data: `[[${VALUES.map(([, json]) => json).join(",")}]]`,
  },
};
export const SHOWN = Object.fromEntries(VALUES.map(([, , , shown], index) => [`c${index}`, shown]));
export const PYTHON = VALUES.map(([, , python]) => python);
