import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, runCommand, temporaryFiles } from "./testing/run-command.ts";

const GOOD = "id: good\nnamespace: a.b\ntasks:\n  - id: t\n    type: io.kestra.plugin.core.log.Log\n    message: hi\n";

test("a folder of good flows passes with a summary", async () => {
  const path = await temporaryFiles({ "one.yaml": GOOD, "two.yml": GOOD, "note.txt": "no flow" });
  const { exitCode, stdout } = await runCommand(["validate", path("")]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "2 flows, 0 errors, 0 warnings\n" });
});

test("an error is shown with file, line and column, and fails", async () => {
  const path = await temporaryFiles({ "bad.yaml": GOOD.replace("id: good", "id: good\nid: twice") });
  const { exitCode, stdout } = await runCommand(["validate", path("bad.yaml")]);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/bad\.yaml:2:1 duplicate-key .* — keep one of the two\n1 flow, 1 error, 0 warnings\n$/);
});

test("a type of a plugin that is not installed is a warning, which passes", async () => {
  const path = await temporaryFiles({ "new.yaml": GOOD.replace("core.log.Log", "elsewhere.Thing") });
  const { exitCode, stdout } = await runCommand(["validate", path("new.yaml")]);
  expect(exitCode, stdout).toBe(0);
  expect(stdout).toContain("1 flow, 0 errors, 1 warning\n");
});

test("a misspelt type is an error that names the right one", async () => {
  const path = await temporaryFiles({ "new.yaml": GOOD.replace("log.Log", "log.Logg") });
  const { exitCode, stdout } = await runCommand(["validate", path("new.yaml")]);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/new\.yaml:5:11 .*did you mean "io\.kestra\.plugin\.core\.log\.Log"/);
});

test("as JSON nothing else stands on stdout", async () => {
  const { exitCode, stdout } = await runCommand(["validate", "--json", join(ROOT, "examples/hello-world.yaml")]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual([{ path: expect.stringContaining("hello-world.yaml"), diagnostics: [] }]);
});

test("a file that is not there is a mistake", async () => {
  const { exitCode, stderr } = await runCommand(["validate", "nowhere.yaml"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: "nowhere.yaml: there is no such file\n" });
});
