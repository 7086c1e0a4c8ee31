import { expect, test } from "vitest";
import { placeValue, placeWithType, readerOf } from "./values.ts";

const UTC = { server: "UTC", shown: undefined };

test.each<[string, unknown, unknown]>([
  ["UInt64", "18446744073709551615", "18446744073709551615"],
  ["UInt64", "7", 7],
  ["Int8", 5, 5],
  ["Decimal(10, 2)", "12.50", 12.5],
  ["Decimal(40, 20)", "0.12345678901234567890", "0.12345678901234567890"],
  ["Float64", "inf", "Infinity"],
  ["Float32", "-inf", "-Infinity"],
  ["Float64", "nan", "NaN"],
  ["Float64", 0.1, 0.1],
  ["Nullable(UInt64)", null, null],
  ["LowCardinality(Nullable(String))", "x", "x"],
  ["Array(Nullable(Decimal(4, 1)))", ["1.5", null], [1.5, null]],
  ["Map(String, Array(UInt64))", { a: ["1"] }, { a: [1] }],
  ["Tuple(a UInt64, `b c` Float64)", { a: "1", "b c": "nan" }, { a: 1, "b c": "NaN" }],
  ["Tuple(UInt64, Enum8('a,)' = 1))", ["1", "a,)"], [1, "a,)"]],
  ["SimpleAggregateFunction(sum, UInt64)", "5", 5],
  ["DateTime", "2024-03-01T10:00:00Z", "2024-03-01T10:00:00Z"],
  ["DateTime64(3)", "2024-03-01T10:00:00.500Z", "2024-03-01T10:00:00.5Z"],
  ["DateTime", "2024-03-01 10:00:00", "2024-03-01T10:00:00Z"],
  ["DateTime('Europe/Paris')", "2024-03-01 10:00:00", "2024-03-01T09:00:00Z"],
  ["DateTime64(3, 'Europe/Paris')", "2024-03-01 10:00:00.500", "2024-03-01T09:00:00.5Z"],
  ["Date", "2024-03-01", "2024-03-01"],
  ["SomethingNew(1)", { a: [1] }, { a: [1] }],
])("a %s that is written %j is %j", (type, written, value) => {
  expect(readerOf(type, UTC)(written)).toEqual(value);
});

test("points in time are shown in a zone", () => {
  const read = readerOf("DateTime", { server: "America/New_York", shown: "Europe/Paris" });
  expect(read("2024-03-01 10:00:00")).toBe("2024-03-01T16:00:00+01:00");
  expect(read("2024-03-01T10:00:00Z")).toBe("2024-03-01T11:00:00+01:00");
});

test.each<[unknown, string, string]>([
  ["a\tb\\c\nd", "{p1:String}", String.raw`a\tb\\c\nd`],
  [7, "{p1:Int64}", "7"],
  [1.5, "{p1:Float64}", "1.5"],
  [true, "{p1:Bool}", "true"],
  [null, "{p1:Nullable(Nothing)}", String.raw`\N`],
  [[1, 2], "{p1:Array(Int64)}", "[1,2]"],
  [["it's", null], "{p1:Array(Nullable(String))}", String.raw`['it\'s',NULL]`],
  [[], "{p1:Array(String)}", "[]"],
  [{ a: 1 }, "{p1:String}", '{"a":1}'],
])("%j is sent for a place of its type", (value, place, sent) => {
  expect(placeWithType(1, value)).toBe(place);
  expect(placeValue(value)).toBe(sent);
});

test("a list of several types is refused", () => {
  expect(() => placeWithType(1, [1, "a"])).toThrow("has values of several types, Int64 and String");
});
