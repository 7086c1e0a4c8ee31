import { expect, test } from "vitest";
import { splitStatements } from "./split-statements.ts";
import type { Dialect } from "./tokenize.ts";

const DIALECT: Dialect = {
  backslashes: false,
  backticks: true,
  brackets: false,
  dollarQuotes: true,
  hashComments: true,
  nestedComments: false,
};

test.each([
  ["", []],
  [" ;; -- a;b\n ; /* c; */", []],
  ["a", ["a"]],
  ["a; b ;c;", ["a", "b", "c"]],
  ["a ';' -- ;\n b", ["a ';' -- ;\n b"]],
  ["-- first\na; -- second\nb", ["-- first\na", "-- second\nb"]],
  ["/*!40101 SET x = 1 */; a", ["/*!40101 SET x = 1 */", "a"]],
  ["DO $$ BEGIN a; b; END $$; c", ["DO $$ BEGIN a; b; END $$", "c"]],
  ["BEGIN; a; COMMIT; b", ["BEGIN", "a", "COMMIT", "b"]],
  [
    "CREATE TRIGGER t AFTER INSERT ON x BEGIN UPDATE y SET a = 1; DELETE FROM z; END; SELECT 1",
    ["CREATE TRIGGER t AFTER INSERT ON x BEGIN UPDATE y SET a = 1; DELETE FROM z; END", "SELECT 1"],
  ],
  [
    "create procedure p() begin if a then b; end if; case c when 1 then d; end case; select case e when 1 then 2 end; while f do g; end while; end; h",
    [
      "create procedure p() begin if a then b; end if; case c when 1 then d; end case; select case e when 1 then 2 end; while f do g; end while; end",
      "h",
    ],
  ],
  [
    "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET NEW.a = 1; b",
    ["CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET NEW.a = 1", "b"],
  ],
  [
    "CREATE TABLE log (event text, begin date, trigger text); b",
    ["CREATE TABLE log (event text, begin date, trigger text)", "b"],
  ],
  [
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; b",
    ["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END", "b"],
  ],
])("%j is split", (script, statements) => {
  expect(splitStatements(script, DIALECT)).toEqual(statements);
});
