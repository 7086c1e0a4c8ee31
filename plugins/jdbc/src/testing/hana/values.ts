import {
  BIGINT,
  BOOLEAN,
  CHAR,
  DATE,
  decimal,
  DOUBLE,
  INT,
  lob,
  NVARCHAR,
  REAL,
  SMALLINT,
  TIME,
  TIMESTAMP,
  TINYINT,
  VARBINARY,
  VARCHAR,
  type WireType,
} from "./wire-types.ts";
import { encodeText } from "./cesu.ts";
import type { Wanted } from "./world.ts";

const CODE = { clob: 25, nclob: 26, blob: 27, text: 51 };
const DIGITS = "1234567890123456789012345678.901234";
const bytes = Buffer.from([0, 255, 16]);
/** Longer than what comes with a row. */
const LONG_TEXT = "äß€𝄞x".repeat(20_000);
const LONG = encodeText(LONG_TEXT);
const LONG_BYTES = Buffer.from(Array.from({ length: 500_000 }, (_, index) => index % 256));
export const LONG_VALUES = [LONG_TEXT, LONG_BYTES];
/** Bytes that come with a row: whole characters of a text. */
const SHORT = encodeText("äß€𝄞x").length * 70;

/** Types, a value as the stand-in is given it, and as it is put out. */
const VALUES: readonly (readonly [type: WireType, value: unknown, shown: unknown])[] = [
  [TINYINT, 255, 255],
  [SMALLINT, -5, -5],
  [INT, -2_147_483_648, -2_147_483_648],
  [BIGINT, "9007199254740993", "9007199254740993"],
  [BIGINT, "-42", -42],
  [decimal(2), "12.50", 12.5],
  [decimal(2), "-0.05", -0.05],
  [decimal(6), DIGITS, DIGITS],
  [decimal(0), `-${"9".repeat(34)}`, `-${"9".repeat(34)}`],
  [decimal(), "1500", 1500],
  [decimal(), "100", 100],
  [decimal(), "0", 0],
  [decimal(), "0.000125", 0.000125],
  [decimal(), `-${DIGITS}`, `-${DIGITS}`],
  [REAL, 1.100000023841858, 1.1],
  [DOUBLE, 0.1, 0.1],
  [BOOLEAN, true, true],
  [BOOLEAN, false, false],
  [NVARCHAR, "äß€'\n𝄞", "äß€'\n𝄞"],
  [NVARCHAR, "x".repeat(300), "x".repeat(300)],
  [NVARCHAR, "x".repeat(40_000), "x".repeat(40_000)],
  [VARCHAR, "", ""],
  [CHAR, "ab", "ab"],
  [VARBINARY, bytes, "AP8Q"],
  [DATE, "2024-03-01", "2024-03-01"],
  [DATE, "0001-01-01", "0001-01-01"],
  [TIME, "10:00:00", "10:00:00"],
  [TIMESTAMP, "2024-03-01 10:00:00", "2024-03-01T10:00:00"],
  [TIMESTAMP, "9999-12-31 23:59:59.5", "9999-12-31T23:59:59.5"],
  [lob(CODE.nclob, 0n, SHORT), Buffer.from("äß€"), "äß€"],
  [lob(CODE.nclob, 0n, SHORT), LONG, LONG_TEXT],
  [lob(CODE.clob, 0n, SHORT), Buffer.from("abc"), "abc"],
  [lob(CODE.text, 0n, SHORT), Buffer.from("abc"), "abc"],
  [lob(CODE.blob, 1n, SHORT), bytes, "AP8Q"],
  [lob(CODE.blob, 1n, SHORT), LONG_BYTES, LONG_BYTES.toString("base64")],
];

/** One row of all these values, and one of nulls. */
export const ALL_TYPES = "SELECT * FROM all_types";
export const ALL_NULLS = "SELECT * FROM all_nulls";
const columns = VALUES.map(([type], index) => ({ name: `C${index}`, type }));
export const ANSWERS: Wanted["scripted"] = {
  [ALL_TYPES]: { columns, rows: [VALUES.map(([, value]) => value)] },
  [ALL_NULLS]: { columns, rows: [VALUES.map(() => null)] },
};
export const SHOWN = Object.fromEntries(VALUES.map(([, , shown], index) => [`C${index}`, shown]));
export const NULLS = Object.fromEntries(VALUES.map((_value, index) => [`C${index}`, null]));
