import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ROOT, runCommand, startCommand, temporaryFiles } from "../testing/run-command.ts";

const example = (name: string) => join(ROOT, "examples", name);
const FAILS = "id: fails\nnamespace: a.b\ntasks:\n  - id: t\n    type: io.kestra.plugin.core.execution.Fail\n";
const READS = `id: reads
namespace: a.b
inputs:
  - id: data
    type: FILE
  - id: note
    type: STRING
tasks:
  - id: t
    type: io.kestra.plugin.core.debug.Return
    format: "{{ read(inputs.data) }} {{ inputs.note }} {{ labels.team }}"
`;

test("a flow that succeeds ends with 0, and its log and state are shown", async () => {
  const { exitCode, stdout, stderr } = await runCommand(["run", example("hello-world.yaml")]);
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toContain("INFO greet: Hello from hello-world!\n");
  expect(stdout).toMatch(/\nSUCCESS examples\.hello-world \d/);
  expect(stdout).not.toContain("\u001B");
});

test("a flow that fails ends with 1, and says which task failed, and why", async () => {
  const path = await temporaryFiles({ "f.yaml": FAILS });
  const { exitCode, stdout } = await runCommand(["run", path("f.yaml")]);
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/\ntask `t` failed: .+\nFAILED a\.b\.fails /);
});

test("an invalid flow ends with 2 and its mistakes with their places on stderr", async () => {
  const path = await temporaryFiles({ "f.yaml": FAILS.replace("id: fails\n", "") });
  const { exitCode, stdout, stderr } = await runCommand(["run", path("f.yaml")]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toMatch(/f\.yaml:\d+:\d+ [\w-]+ /);
});

test("a flow that is named twice is a mistake, by its file or by its id", async () => {
  const path = await temporaryFiles({ "f.yaml": FAILS, "g.yaml": FAILS });
  expect(await runCommand(["run", path("f.yaml"), path("./f.yaml")])).toMatchObject({
    exitCode: 2,
    stderr: `${path("f.yaml")}: it is named twice\n`,
  });
  expect(await runCommand(["run", path("f.yaml"), path("g.yaml")])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("f.yaml holds the flow a.b.fails as well — give one of them another id"),
  });
});

test("a misspelt setting in the environment is told, and stops nothing", async () => {
  const words = ["run", example("hello-world.yaml")];
  const { exitCode, stderr } = await runCommand(words, { environment: { CAPSTAN_LOGING_LEVEL: "debug" } });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: "the environment variable CAPSTAN_LOGING_LEVEL sets nothing — did you mean CAPSTAN_LOGGING_LEVEL?\n",
  });
});

test.each([
  ["--input", "name=a", "--input", "name=b", "--input name: it is given twice"],
  [
    "--label",
    "a=b",
    "--label",
    "system.from=me",
    "--label system.from: labels that begin with system. are the system's own",
  ],
])("%s %s %s %s is a mistake", async (one, first, other, second, reason) => {
  const { exitCode, stderr } = await runCommand(["run", example("hello-world.yaml"), one, first, other, second]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(reason);
});

test("triggers of a flow that is run fire nothing", async () => {
  const path = await temporaryFiles({ fired: "" });
  await writeFile(
    path("f.yaml"),
    `id: f
namespace: a.b
triggers:
  - id: s
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "* * * * * *"
    withSeconds: true
tasks:
  - id: t
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    commands: ["echo run >> ${path("fired")}; sleep 2.5"]
`,
  );
  expect(await runCommand(["run", path("f.yaml")])).toMatchObject({ exitCode: 0 });
  expect(await readFile(path("fired"), "utf8")).toBe("run\n");
});

test("an unknown input ends with 2 and the nearest known one", async () => {
  const { exitCode, stderr } = await runCommand(["run", example("inputs-and-outputs.yaml"), "--input", "nmae=x"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('did you mean "name"?');
});

test("an input that does not fit its type ends with 2", async () => {
  const { exitCode, stderr } = await runCommand(["run", example("inputs-and-outputs.yaml"), "--input", "count=many"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("count");
  expect(stderr).toContain(" — give inputs with --input id=value\n");
});

test("as JSON the final execution is all that stands on stdout", async () => {
  const words = ["run", example("inputs-and-outputs.yaml"), "--input", "name=Grace", "--json"];
  const { exitCode, stdout, stderr } = await runCommand(words);
  expect(exitCode, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    state: { current: "SUCCESS" },
    inputs: { name: "Grace", count: 3 },
    outputs: { text: "Hello Grace, 3 times" },
  });
});

test("files and labels reach the flow", async () => {
  const path = await temporaryFiles({ "f.yaml": READS, "data.txt": "from a file", "note.txt": "from text" });
  const inputs = ["--input", `data=@${path("data.txt")}`, "--input", `note=@${path("note.txt")}`];
  const { exitCode, stdout, stderr } = await runCommand([
    "run",
    path("f.yaml"),
    ...inputs,
    "--label",
    "team=x",
    "--json",
  ]);
  expect(exitCode, stderr + stdout).toBe(0);
  expect(JSON.parse(stdout).taskRunList[0].outputs.value).toBe("from a file from text x");
});

test("after the time-out the execution is killed", async () => {
  const { exitCode, stdout } = await runCommand(["run", example("pause.yaml"), "--timeout", "300ms", "--json"]);
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout).state.current).toBe("KILLED");
});

test("an interrupt kills the execution and still shows its end", async () => {
  const { child, ended, printed } = startCommand(["run", example("pause.yaml")]);
  await printed(/PAUSED approval/);
  child.kill("SIGINT");
  const { exitCode, stdout } = await ended;
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(/\nKILLED examples\.wait-for-approval /);
});

test("a run whose reader goes away leaves no data behind", async () => {
  const path = await temporaryFiles();
  const { child, ended } = startCommand(["run", example("hello-world.yaml")], { environment: { TMPDIR: path("") } });
  child.stdout.destroy();
  expect(await ended).toMatchObject({ exitCode: 141 });
  expect((await readdir(path(""))).filter((name) => name.startsWith("capstan-run-"))).toEqual([]);
});

/** One task that calls an address, and one whose expression does. */
const CALLS = `id: calls
namespace: a.b
inputs:
  - id: address
    type: STRING
tasks:
  - id: task
    type: io.kestra.plugin.core.http.Request
    uri: "{{ inputs.address }}"
  - id: expression
    type: io.kestra.plugin.core.log.Log
    message: "the expression got {{ http(inputs.address) }}"
outputs:
  - id: text
    type: STRING
    value: "{{ http(inputs.address) }}"
`;

test("tasks and expressions connect only to where the server's options let them", async () => {
  const server = createServer((_request, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const path = await temporaryFiles({ "f.yaml": CALLS });
  const run = (environment: Record<string, string>) =>
    runCommand(["run", path("f.yaml"), "--input", `address=http://${place}/`], {
      environment: { CAPSTAN_EGRESS_PRIVATE_NETWORKS: "deny", ...environment },
    });
  const refused = await run({});
  expect(refused.exitCode).toBe(1);
  expect(refused.stdout).toContain(`${place} is no address of the public internet`);
  const allowed = await run({ CAPSTAN_EGRESS_ALLOW: `*, ${place}` });
  expect(allowed.exitCode, allowed.stdout).toBe(0);
  expect(allowed.stdout).toContain("the expression got hello");
  const mistaken = await run({ CAPSTAN_EGRESS_DENY: "https://example.org" });
  expect(mistaken).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("CAPSTAN_EGRESS_DENY: it must be a host"),
  });
});
