import { expect, test } from "vitest";
import { pythonSetup } from "./python-setup.ts";

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
