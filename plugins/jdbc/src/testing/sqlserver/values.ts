import type { Scripted } from "./world.ts";
import {
  BIGINT,
  BIT,
  DATE,
  datetime2,
  DATETIME,
  datetimeoffset,
  decimal,
  decimalBytes,
  FIXED_BIGINT,
  FIXED_INT,
  FIXED_MONEY,
  FIXED_REAL,
  FLOAT,
  GUID,
  IMAGE,
  MONEY,
  NTEXT,
  NVARCHAR_MAX,
  nvarchar,
  REAL,
  SMALLDATETIME,
  SMALLINT,
  SMALLMONEY,
  TEXT,
  time,
  TINYINT,
  VARBINARY_MAX,
  varbinary,
  varchar,
  VARIANT,
  type WireType,
  XML,
} from "./wire-types.ts";

const NUMERIC = 0x6c;
const CHAR = 0xaf;
const BINARY = 0xad;
const bytes = Buffer.from([0, 255, 16]);
/** In the code page 1252. */
const latin = Buffer.from([0xe4, 0xdf, 0x80]);
const PI = "3.1415926535897932384626433832795028841";

/** Types, a value as the stand-in is given it, as the client python-tds shows it, in Python, and as it is put out. */
const VALUES: readonly (readonly [type: WireType, value: unknown, python: string, shown: unknown])[] = [
  [BIT, true, "True", true],
  [TINYINT, 255, "255", 255],
  [SMALLINT, -5, "-5", -5],
  [FIXED_INT, 42, "42", 42],
  [BIGINT, "9007199254740993", "9007199254740993", "9007199254740993"],
  [FIXED_BIGINT, 7, "7", 7],
  [FIXED_REAL, 1.100000023841858, "1.100000023841858", 1.1],
  [REAL, 0.5, "0.5", 0.5],
  [FLOAT, 0.1, "0.1", 0.1],
  [decimal(10, 2), "12.50", "Decimal('12.5')", 12.5],
  [decimal(18, 0), "-3", "Decimal('-3')", -3],
  [decimal(19, 4, NUMERIC), "123456789012345.6789", "Decimal('123456789012345.6789')", "123456789012345.6789"],
  [decimal(28, 18), "1.500000000000000000", "Decimal('1.5')", 1.5],
  [decimal(38, 37), PI, `Decimal('${PI}')`, PI],
  [decimal(38, 0), `-${"9".repeat(38)}`, `Decimal('-${"9".repeat(38)}')`, `-${"9".repeat(38)}`],
  [decimal(5, 5), "0.00001", "Decimal('0.00001')", 0.00001],
  [MONEY, "922337203685477.5807", "Decimal('922337203685477.5807')", "922337203685477.5807"],
  [MONEY, "-922337203685477.5808", "Decimal('-922337203685477.5808')", "-922337203685477.5808"],
  [FIXED_MONEY, "-0.0001", "Decimal('-0.0001')", -0.0001],
  [SMALLMONEY, "-214748.3648", "Decimal('-214748.3648')", -214748.3648],
  [nvarchar(10), "äß€'\n𝄞", String.raw`"äß€'\n𝄞"`, "äß€'\n𝄞"],
  [NVARCHAR_MAX, "long", "'long'", "long"],
  [varchar(10), latin, "'äß€'", "äß€"],
  [varchar(3, CHAR), latin, "'äß€'", "äß€"],
  [TEXT, latin, "'äß€'", "äß€"],
  [NTEXT, "äß€", "'äß€'", "äß€"],
  [XML, "<a>ä</a>", "'<a>ä</a>'", "<a>ä</a>"],
  [varbinary(10), bytes, String.raw`b'\x00\xff\x10'`, "AP8Q"],
  [varbinary(3, BINARY), bytes, String.raw`b'\x00\xff\x10'`, "AP8Q"],
  [VARBINARY_MAX, bytes, String.raw`b'\x00\xff\x10'`, "AP8Q"],
  [IMAGE, bytes, String.raw`b'\x00\xff\x10'`, "AP8Q"],
  [DATE, "2024-03-01", "datetime.date(2024, 3, 1)", "2024-03-01"],
  [DATE, "0001-01-01", "datetime.date(1, 1, 1)", "0001-01-01"],
  [time(7), "10:00:00.1234567", "datetime.time(10, 0, 0, 123456)", "10:00:00.1234567"],
  [time(0), "23:59:59", "datetime.time(23, 59, 59)", "23:59:59"],
  [
    datetime2(7),
    "2024-03-01 10:00:00.1234567",
    "datetime.datetime(2024, 3, 1, 10, 0, 0, 123456)",
    "2024-03-01T10:00:00.1234567",
  ],
  [datetime2(0), "9999-12-31 23:59:59", "datetime.datetime(9999, 12, 31, 23, 59, 59)", "9999-12-31T23:59:59"],
  [DATETIME, "2024-03-01 10:00:00.123", "datetime.datetime(2024, 3, 1, 10, 0, 0, 123000)", "2024-03-01T10:00:00.123"],
  [DATETIME, "1753-01-01 00:00:00", "datetime.datetime(1753, 1, 1, 0, 0)", "1753-01-01T00:00:00"],
  [SMALLDATETIME, "2024-03-01 10:01:00", "datetime.datetime(2024, 3, 1, 10, 1)", "2024-03-01T10:01:00"],
  [
    datetimeoffset(7, 120),
    "2024-07-01 10:00:00.2500001",
    "2024-07-01T12:00:00.250000+02:00",
    "2024-07-01T10:00:00.2500001Z",
  ],
  [
    GUID,
    Buffer.from("04c4f061b35ce711907ba6006ad3dba0", "hex"),
    "UUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0')",
    "61F0C404-5CB3-11E7-907B-A6006AD3DBA0",
  ],
  [VARIANT, [0x38, [], Buffer.from([5, 0, 0, 0])], "5", 5],
  [VARIANT, [NUMERIC, [38, 37], decimalBytes(PI, 38, 37)], `Decimal('${PI}')`, PI],
  [VARIANT, [0x3c, [], MONEY.encode("12.5").subarray(1)], "Decimal('12.5')", 12.5],
  [VARIANT, [0x28, [], DATE.encode("2024-03-01").subarray(1)], "datetime.date(2024, 3, 1)", "2024-03-01T00:00:00"],
];

/** One row of all these values, and one of nulls where columns may have some. */
export const ALL_TYPES = "SELECT * FROM all_types";
const columns = VALUES.map(([type], index) => ({ name: `c${index}`, type }));
const nullable = columns.filter(({ type }) => ![FIXED_INT, FIXED_BIGINT, FIXED_REAL, FIXED_MONEY].includes(type));
export const ALL_NULLS = "SELECT * FROM all_nulls";
export const ANSWERS: Scripted = {
  [ALL_TYPES]: { results: [{ columns, rows: [VALUES.map(([, value]) => value)] }] },
  [ALL_NULLS]: { results: [{ columns: nullable, rows: [nullable.map(() => null)] }] },
};
export const SHOWN = Object.fromEntries(VALUES.map(([, , , shown], index) => [`c${index}`, shown]));
export const NULLS = Object.fromEntries(nullable.map(({ name }) => [name, null]));
export const PYTHON = VALUES.map(([, , python]) => python);
