import { expect, test } from "vitest";
import { bindParameters, numberPlaceholders, type Placeholders } from "./bind-parameters.ts";
import { POSTGRES_DIALECT as dialect } from "../drivers/postgresql/driver.ts";

test.each<[string, Placeholders, string, readonly unknown[]]>([
  ["a = :x AND b = :y AND c = :x", "$n", "a = $1 AND b = $2 AND c = $1", [1, "two"]],
  ["a = :x AND b = :y AND c = :x", "?n", "a = ?1 AND b = ?2 AND c = ?1", [1, "two"]],
  ["a = :x AND b = :y AND c = :x", "?", "a = ? AND b = ? AND c = ?", [1, "two", 1]],
  ["a = ':x'::text -- :x", "$n", "a = ':x'::text -- :x", []],
  ["a = :x::int", "$n", "a = $1::int", [1]],
])("%j with %s", (sql, placeholders, written, values) => {
  expect(bindParameters(sql, { x: 1, y: "two", z: 3 }, { dialect, placeholders })).toEqual({ sql: written, values });
});

test("without parameters a colon means nothing", () => {
  expect(bindParameters("a = :x", undefined, { dialect, placeholders: "$n" })).toEqual({ sql: "a = :x", values: [] });
});

test.each([
  [{}, "there are none"],
  [{ a: 1, b: 2 }, "there are a, b"],
])("a name that has no value is refused; of %j %s", (parameters, known) => {
  const bind = () => bindParameters("x = :toString", parameters, { dialect, placeholders: "$n" });
  expect(bind).toThrow(`The statement has \`:toString\`, but \`parameters\` has no value for it: ${known}.`);
});

test.each<[Placeholders, string]>([
  ["$n", "INSERT INTO t VALUES ($1, '?', $2) -- ?\n WHERE a ? 'b'"],
  ["?", "INSERT INTO t VALUES (?, '?', ?) -- ?\n WHERE a ? 'b'"],
])("question marks are counted, and two of them are one that is none: %s", (placeholders, written) => {
  const sql = "INSERT INTO t VALUES (?, '?', ?) -- ?\n WHERE a ?? 'b'";
  expect(numberPlaceholders(sql, { dialect, placeholders })).toEqual({ sql: written, count: 2 });
});
