import { expect, test } from "vitest";
import { assemble, quoted, quotedForPowerShell } from "./command-line.ts";

test.each([
  {
    name: "all lines become one argument of the interpreter",
    given: { interpreter: ["/bin/sh", "-c"], lines: ["a", "b"] },
    command: ["/bin/sh", "-c", "a\nb"],
  },
  {
    name: "the line that stops at failures goes first",
    given: { interpreter: ["sh", "-c"], failFast: "set -e", lines: ["a"] },
    command: ["sh", "-c", "set -e\na"],
  },
  {
    name: "Windows gets its line ends",
    given: { interpreter: ["pwsh", "-Command"], lines: ["a", "b"], targetOS: "WINDOWS" as const },
    command: ["pwsh", "-Command", "a\r\nb"],
  },
])("$name", ({ given, command }) => {
  expect(assemble(given)).toEqual(command);
});

test.each([
  ["/tmp/a-b_c.py", "/tmp/a-b_c.py"],
  ["", "''"],
  ["a b", "'a b'"],
  ["it's", String.raw`'it'\''s'`],
  ["$(x)", "'$(x)'"],
])("%j is the word %s in a shell", (text, word) => {
  expect(quoted(text)).toBe(word);
});

test.each([
  ["/tmp/a-b_c.ps1", "/tmp/a-b_c.ps1"],
  [String.raw`C:\Temp\a.ps1`, String.raw`C:\Temp\a.ps1`],
  ["/tmp/a b.ps1", "& '/tmp/a b.ps1'"],
  ["/tmp/it's.ps1", "& '/tmp/it''s.ps1'"],
  ["/tmp/$(x).ps1", "& '/tmp/$(x).ps1'"],
])("the file %j is called as %s in PowerShell", (path, call) => {
  expect(quotedForPowerShell(path)).toBe(call);
});
