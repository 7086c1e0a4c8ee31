import { expect, test } from "vitest";
import { expressionPage } from "./expression-page.ts";

const { text: page } = expressionPage();

test("a filter is shown with its arguments, their defaults and an example", () => {
  expect(page).toContain(
    '| `dateAdd` | `amount`, `unit` (a ChronoUnit such as DAYS), `format` (default `"iso"`; a Java pattern or the name of a format),',
  );
  expect(page).toContain(String.raw`| ` + "`'abc' \\| upper` → `ABC` |");
});

test("functions of the server are shown without a result, line ends as a sign", () => {
  expect(page).toContain("| `kv('last_run', errorOnMissing=false)` |");
  expect(page).toContain("→ `a: 1⏎` |");
});

test("no row breaks the table", () => {
  for (const row of page.split("\n").filter((line) => line.startsWith("|"))) {
    expect(row.split(/(?<!\\)\|/u)).toHaveLength(6);
  }
});
