import type { JsonMap } from "@capstan/sdk";

/** A value as Snowflake sends it; as its own driver shows it, with the formats below; and as it is put out here. */
interface WireValue {
  readonly rowtype: readonly JsonMap[];
  readonly rowset: readonly unknown[][];
  readonly parameters: readonly JsonMap[];
  readonly vendor: unknown;
  readonly shown: unknown;
}

/** What the vendor's driver shows times with. */
const FORMATS = {
  DATE_OUTPUT_FORMAT: "YYYY-MM-DD",
  TIME_OUTPUT_FORMAT: "HH24:MI:SS.FF9",
  TIMESTAMP_OUTPUT_FORMAT: "YYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM",
  TIMESTAMP_NTZ_OUTPUT_FORMAT: "YYYY-MM-DD HH24:MI:SS.FF9",
  BINARY_OUTPUT_FORMAT: "BASE64",
  TIMEZONE: "UTC",
};
const parameters = Object.entries(FORMATS).map(([name, value]) => ({ name, value }));

const VALUES: readonly (readonly [type: string, scale: number | null, raw: string, vendor: unknown, shown: unknown])[] =
  [
    ["fixed", 0, "42", "42", 42],
    [
      "fixed",
      0,
      "99999999999999999999999999999999999999",
      "99999999999999999999999999999999999999",
      "99999999999999999999999999999999999999",
    ],
    ["fixed", 2, "12.50", "12.50", 12.5],
    ["real", null, "1.5", "1.5", 1.5],
    ["text", null, 'äß€\n"', 'äß€\n"', 'äß€\n"'],
    ["boolean", null, "1", "TRUE", true],
    ["boolean", null, "0", "FALSE", false],
    ["date", null, "19783", "2024-03-01", "2024-03-01"],
    ["date", null, "-25568", "1899-12-31", "1899-12-31"],
    ["time", 9, "36000.500000001", "10:00:00.500000001", "10:00:00.500000001"],
    ["timestamp_ntz", 9, "1709287200.500000000", "2024-03-01 10:00:00.500000000", "2024-03-01T10:00:00.5"],
    ["timestamp_ltz", 9, "-0.250000000", "1969-12-31 23:59:59.750000000 +00:00", "1969-12-31T23:59:59.75Z"],
    [
      "timestamp_tz",
      9,
      "1709287200.123456789 1500",
      "2024-03-01 11:00:00.123456789 +01:00",
      "2024-03-01T10:00:00.123456789Z",
    ],
    ["binary", null, "00FF10", "AP8Q", "AP8Q"],
    ["variant", null, '{"a":[1,null]}', '{"a":[1,null]}', { a: [1, null] }],
    ["array", null, "[1,2]", [1, 2], [1, 2]],
    [
      "object",
      null,
      '{"big":12345678901234567890}',
      { big: Number("12345678901234567890") },
      { big: "12345678901234567890" },
    ],
  ];

/** A statement for each value. */
export const SCRIPTED: Readonly<Record<string, WireValue>> = Object.fromEntries(
  VALUES.map(([type, scale, raw, vendor, shown]) => [
    `SELECT ${raw} AS V -- ${type}`,
    {
      rowtype: [{ name: "V", type, scale, precision: 38, nullable: true }],
      rowset: [[raw]],
      parameters,
      vendor,
      shown,
    },
  ]),
);
