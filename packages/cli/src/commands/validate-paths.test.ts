import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, runCommand, temporaryFiles } from "../testing/run-command.ts";

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

test("a file that is no UTF-8 text is told beside the mistakes of others", async () => {
  const path = await temporaryFiles({ "b.yaml": GOOD.replace("message", "mesage") });
  await writeFile(path("a.yaml"), Buffer.from(`${GOOD}# caf\u00e9`, "latin1"));
  const { exitCode, stdout } = await runCommand(["validate", path("")]);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/a\.yaml:7:6 wrong-encoding .* — save it as UTF-8\n.*b\.yaml:6:5 unknown-property /);
});

test("links are followed; hidden folders and dependencies are left out", async () => {
  const path = await temporaryFiles({ "good.yaml": GOOD });
  for (const folder of ["flows/.git", "flows/node_modules/x"]) {
    await mkdir(path(folder), { recursive: true });
    await writeFile(path(`${folder}/bad.yaml`), "a");
  }
  await symlink(path("good.yaml"), path("flows/link.yaml"));
  const { exitCode, stdout } = await runCommand(["validate", path("flows")]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "1 flow, 0 errors, 0 warnings\n" });
});

test("dashboards, apps and tests of a folder are told and left out; a named one is an error", async () => {
  const path = await temporaryFiles({
    "app.yaml": "id: form\nnamespace: a.b\ntype: io.kestra.plugin.ee.apps.Execution\nlayout: []\n",
    "board.yaml":
      "id: overview\ntitle: Overview\ncharts:\n  - id: runs\n    type: io.kestra.plugin.core.dashboard.chart.Bar\n",
    "good.yaml": GOOD,
    "test.yaml": "id: check\nnamespace: a.b\nflowId: good\ntestCases: []\n",
  });
  const { exitCode, stdout, stderr } = await runCommand(["validate", path("")]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "1 flow, 0 errors, 0 warnings\n" });
  expect(stderr).toMatch(
    /app\.yaml: an app, no flow: left out\n.*board\.yaml: a dashboard, .*\n.*test\.yaml: a test of a flow, /,
  );
  const named = await runCommand(["validate", path("board.yaml"), path("")]);
  expect(named.exitCode).toBe(1);
  expect(named.stdout).toMatch(
    /^\S+board\.yaml:1:1 not-a-flow .* but this document is a dashboard\n2 flows, 1 error, /,
  );
});

test("in a strict check an expression that can't work is an error", async () => {
  const path = await temporaryFiles({ "a.yaml": GOOD.replace("hi", "'{{ 1 | uper }}'") });
  const { exitCode, stdout } = await runCommand(["validate", path("a.yaml")]);
  expect([exitCode, stdout]).toEqual([0, expect.stringContaining("1 flow, 0 errors, 1 warning\n")]);
  const strict = await runCommand(["validate", "--strict", path("a.yaml")]);
  expect([strict.exitCode, strict.stdout]).toEqual([1, expect.stringContaining("1 flow, 1 error, 0 warnings\n")]);
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

test("the schema for editors is printed as JSON, with the types that are installed", async () => {
  const { exitCode, stdout } = await runCommand(["schema"]);
  expect(exitCode).toBe(0);
  const schema: unknown = JSON.parse(stdout);
  expect(schema).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    required: ["id", "namespace", "tasks"],
    $defs: { "io.kestra.plugin.scripts.shell.Commands": { type: "object" } },
  });
});
