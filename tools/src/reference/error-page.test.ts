import { expect, test } from "vitest";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { EXPRESSION_ERRORS } from "@capstan/expression";
import { DIAGNOSTICS } from "@capstan/model";
import { REQUEST_ERRORS } from "@capstan/runtime";
import { SERVER_ERRORS } from "@capstan/server";
import { STORAGE_ERRORS } from "@capstan/storage";
import { STORE_ERRORS } from "@capstan/store";
import { errorPage } from "./error-page.ts";

const lines = errorPage().text.split("\n");
const cells = (code: string) =>
  lines
    .find((line) => line.startsWith(`| \`${code}\` `))
    ?.split(/(?<!\\)\|/)
    .map((cell) => cell.trim())
    .slice(1, -1);

test("every code has its line, with severity and remedy", () => {
  expect(Object.keys(DIAGNOSTICS).filter((code) => cells(code) === undefined)).toEqual([]);
  expect(cells("duplicate-key")).toEqual([
    "`duplicate-key`",
    "A key stands twice in one map",
    "error",
    "keep one of the two",
  ]);
  expect(cells("unknown-filter")?.[2]).toBe("error / warning");
});

const TABLES = {
  expression: EXPRESSION_ERRORS,
  model: DIAGNOSTICS,
  runtime: REQUEST_ERRORS,
  server: SERVER_ERRORS,
  storage: STORAGE_ERRORS,
  store: STORE_ERRORS,
};

test.each(Object.entries(TABLES))("every code of the package %s is on the page, with a remedy", (name, table) => {
  const rows = Object.keys(table).map((code) => ({ code, remedy: cells(code)?.at(-1) }));
  expect(rows.filter(({ remedy }) => remedy === undefined)).toEqual([]);
  // A finding has its remedy in its message where it depends on the flow.
  if (name !== "model") expect(rows.filter(({ remedy }) => remedy === "")).toEqual([]);
});

test("no two tables have the same code", () => {
  const codes = Object.values(TABLES).flatMap((table) => Object.keys(table));
  expect(codes.filter((code, place) => codes.indexOf(code) !== place)).toEqual([]);
});

test.each(["runtime", "server"])("every code of the table of %s is used", async (name) => {
  const folder = join(import.meta.dirname, "../../../packages", name, "src");
  const files = (await readdir(folder, { recursive: true })).filter((file) => /(?<!\.test|errors)\.ts$/.test(file));
  const source = (await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")))).join("\n");
  const codes = Object.keys(TABLES[name as "runtime" | "server"]);
  expect(codes.filter((code) => !source.includes(`"${code}"`))).toEqual([]);
});

test("an answer's code has its status", () => {
  expect(cells("execution-ended")?.[1]).toBe("409");
  expect(lines.join("\n")).toContain("`file-not-found` with 404");
});

test("a bar in a remedy does not end its cell", () => {
  expect(cells("UNKNOWN_FILTER")).toHaveLength(3);
});
