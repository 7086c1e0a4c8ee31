import { expect, test } from "vitest";
import { columnName, plainName, tableName } from "./names.ts";

test.each(["orders", "shop.orders", ' "My Shop"."or""ders" ', "`a b`.c", "a.b.c", "größe"])("%s is a table", (name) => {
  expect(tableName(name)).toBe(name.trim());
});

test.each(["", "a b", "a;b", "a--", 'a"b', '"a', "a.b.c.d", "(SELECT 1)", "a."])("%j is no table", (name) => {
  expect(() => tableName(name)).toThrow("is no name of a table");
});

test.each([
  ["id", '"', '"id"', "id"],
  ["order", '"', '"order"', "order"],
  ["Id", '"', "Id", "id"],
  ['"Id"', '"', '"Id"', "Id"],
  ["my id", '"', '"my id"', "my id"],
  ['a"b', '"', '"a""b"', 'a"b'],
  ["Id", "`", "`Id`", "id"],
  ["`a``b`", "`", "`a``b`", "a`b"],
  ["a) VALUES (1); --", '"', '"a) VALUES (1); --"', "a) VALUES (1); --"],
] as const)("the column %s with %s is written %s", (name, quote, written, plain) => {
  expect(columnName(name, quote)).toBe(written);
  expect(plainName(name, quote)).toBe(plain);
});

test("a quote in quotes is no column", () => {
  expect(() => columnName('"a"); DROP TABLE b; --"', '"')).toThrow("a quote inside of it is written twice");
});
