import { expect, test } from "vitest";
import { assemble, pythonSetup, quoted, quotedForPowerShell } from "./command-line.ts";

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

const python = { folder: "/tmp/env", packageManager: undefined, pythonVersion: undefined };

test("without dependencies nothing is set up", () => {
  expect(pythonSetup({ ...python, dependencies: [] })).toEqual([]);
});

test("dependencies are installed by uv, or by pip where uv is missing", () => {
  const lines = pythonSetup({ ...python, dependencies: ["pandas>=2", "requests"], pythonVersion: "3.12" }).join("\n");
  expect(lines).toContain("uv venv --quiet --python 3.12 /tmp/env");
  expect(lines).toContain("uv pip install --quiet 'pandas>=2' requests");
  expect(lines).toContain("python3 -m pip install --quiet --disable-pip-version-check 'pandas>=2' requests");
});

test("pip installs when it is asked for", () => {
  const lines = pythonSetup({ ...python, dependencies: ["requests"], packageManager: "PIP" });
  expect(lines[0]).toBe("python3 -m venv /tmp/env");
  expect(lines.join("\n")).not.toContain("uv ");
});
