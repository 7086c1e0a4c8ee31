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
  ["DO BEGIN FOR i IN 1 .. 3 DO a; END FOR; b; END; c", ["DO BEGIN FOR i IN 1 .. 3 DO a; END FOR; b; END", "c"]],
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

const BATCHES: Dialect = { ...DIALECT, brackets: true, batches: true };

test.each([
  ["a; b", ["a", "b"]],
  ["a\nGO\nb; c\ngo", ["a", "b", "c"]],
  ["SELECT 1 AS go; b GO c", ["SELECT 1 AS go", "b GO c"]],
  ["a; DECLARE @d int = 1; SELECT @d; c", ["a", "DECLARE @d int = 1; SELECT @d; c"]],
  ["DECLARE @d int; b\nGO\nc; d", ["DECLARE @d int; b", "c", "d"]],
  ["IF 1 = 1 BEGIN a; b; END; c", ["IF 1 = 1 BEGIN a; b; END; c"]],
  ["BEGIN TRY a; END TRY BEGIN CATCH b; END CATCH", ["BEGIN TRY a; END TRY BEGIN CATCH b; END CATCH"]],
  ["BEGIN TRAN; a; COMMIT", ["BEGIN TRAN", "a", "COMMIT"]],
  [
    "CREATE OR ALTER PROCEDURE p AS SELECT 1; SELECT 2;\nGO\nEXEC p; b",
    ["CREATE OR ALTER PROCEDURE p AS SELECT 1; SELECT 2;", "EXEC p", "b"],
  ],
  ["ALTER TRIGGER t ON x AFTER INSERT AS a; b", ["ALTER TRIGGER t ON x AFTER INSERT AS a; b"]],
  ["CREATE TABLE [a;b] (c int); d", ["CREATE TABLE [a;b] (c int)", "d"]],
])("%j is split where scripts are of batches", (script, statements) => {
  expect(splitStatements(script, BATCHES)).toEqual(statements);
});
