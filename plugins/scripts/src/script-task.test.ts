import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonMap, TaskCommand, TaskDefinition } from "@capstan/sdk";
import { createTestWorld, runProcess, type TestOptions } from "@capstan/sdk/test-kit";
import { expect, onTestFinished, test, vi } from "vitest";
import plugin from "./index.ts";
import { LANGUAGES } from "./languages.ts";

const PROCESS = { type: "io.kestra.plugin.core.runner.Process" };

function setup(options: TestOptions = {}) {
  const asked: { readonly command: TaskCommand; readonly runner: JsonMap | undefined }[] = [];
  const world = createTestWorld({
    runCommand: (command, runner) => {
      asked.push({ command, runner });
      return runProcess(command);
    },
    ...options,
  });
  onTestFinished(() => world[Symbol.asyncDispose]());
  const run = (name: string, properties: JsonMap) => {
    const type = `io.kestra.plugin.scripts.${name}`;
    const definition = plugin.definitions.find((one) => one.type === type);
    if (definition === undefined) throw new Error(`no task ${type}`);
    return world.run(definition as TaskDefinition, properties);
  };
  const logs = () => world.logs.map(({ level, message }) => `${level} ${message}`);
  return { world, asked, run, logs };
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"]).error === undefined;
}

test("all commands share one shell, stdout is INFO and stderr is ERROR", async () => {
  const { run, logs } = setup();
  const { state, outputs } = await run("shell.Commands", { commands: ["X=1", "echo out $X", "echo err >&2"] });
  expect(state).toBe("SUCCESS");
  expect(logs().toSorted()).toEqual(["ERROR err", "INFO out 1"]);
  expect(outputs).toMatchObject({
    exitCode: 0,
    vars: {},
    outputFiles: {},
    stdOutLineCount: 1,
    stdErrLineCount: 1,
    taskRunner: { pid: expect.any(Number) },
  });
});

test("the first failing command ends it all, with the outputs so far", async () => {
  const { run, logs } = setup();
  const commands = ['echo \'::{"outputs":{"rows":3}}::\'', "echo 1 > a.txt", "exit 4", "echo never"];
  const { state, message, outputs } = await run("shell.Commands", { commands, outputFiles: ["*.txt"] });
  expect({ state, message }).toEqual({ state: "FAILED", message: "Command failed with exit code 4" });
  expect(outputs).toMatchObject({
    exitCode: 4,
    vars: { rows: 3 },
    outputFiles: { "a.txt": expect.stringContaining("kestra://") },
  });
  expect(logs()).toEqual([]);
});

test("without failFast only the last command counts", async () => {
  const { run } = setup();
  expect((await run("shell.Commands", { commands: ["false", "true"], failFast: false })).state).toBe("SUCCESS");
  expect((await run("shell.Commands", { commands: ["false", "true"] })).state).toBe("FAILED");
});

test("before-commands, environment and interpreter are used", async () => {
  const { run, logs } = setup({ variables: { value: "from env" } });
  await run("shell.Commands", {
    beforeCommands: ["Y=before"],
    commands: ["echo $Y $GIVEN $0"],
    env: { GIVEN: "{{ value }}" },
    interpreter: ["/bin/sh", "-u", "-c"],
  });
  expect(logs()).toEqual(["INFO before from env /bin/sh"]);
});

test("notices become outputs, metrics and logs, from both streams", async () => {
  const { run, logs, world } = setup();
  const commands = [
    'echo \'::{"outputs":{"a":1,"b":1}}::\'',
    'echo \'::{"outputs":{"b":2},"metrics":[{"name":"m","type":"counter","value":5}]}::\' >&2',
    'echo \'::{"logs":[{"level":"WARN","message":"careful"}]}::\'',
    "echo '::{broken}::'",
  ];
  const { outputs } = await run("shell.Commands", { commands });
  expect(outputs).toMatchObject({ vars: { a: 1, b: expect.any(Number) }, stdOutLineCount: 3, stdErrLineCount: 1 });
  expect(world.metrics).toEqual([{ name: "m", type: "counter", value: 5 }]);
  expect(logs()).toEqual(["WARN careful", expect.stringMatching(/^WARN Invalid outputs `::\{broken\}::`/)]);
});

test("input files are there, output files are stored by their path", async () => {
  const { run, world } = setup();
  const stored = world.files.seed("kestra:///some/data.csv", "a,b");
  const { outputs } = await run("shell.Commands", {
    inputFiles: { "in/text.txt": "hello", "data.csv": stored, empty: null },
    commands: ["mkdir out", "cat in/text.txt data.csv empty > out/all.txt", "echo x > other"],
    outputFiles: ["out/**"],
  });
  const files = outputs?.["outputFiles"] as Record<string, string>;
  expect(Object.keys(files)).toEqual(["out/all.txt"]);
  expect(await world.files.text(files["out/all.txt"] ?? "")).toBe("helloa,b");
});

test("a name that leads out of the working folder is refused", async () => {
  const { run } = setup();
  const { message } = await run("shell.Commands", { inputFiles: { "../x": "y" }, commands: ["true"] });
  expect(message).toBe('the file name "../x" leads out of the working folder: use a path below it');
});

test("addresses of stored files inside commands become paths of local copies", async () => {
  const { run, logs, world } = setup();
  const uri = world.files.seed("kestra:///a/b/file.csv", "content");
  await run("shell.Commands", { commands: [`cat ${uri}; echo; cat '${uri}'`], outputFiles: ["**"] });
  expect(logs()).toEqual(["INFO content", "INFO content"]);
});

test("namespace files are put into the working folder", async () => {
  const { run, logs, world } = setup();
  await world.services.namespaceFiles.put("company.team", "scripts/run.sh", "echo from namespace");
  await run("shell.Commands", { namespaceFiles: { enabled: true }, commands: ["sh scripts/run.sh"] });
  expect(logs()).toEqual(["INFO from namespace"]);
});

test("the working folder is known to commands", async () => {
  const { run, logs, world } = setup();
  await run("shell.Commands", { commands: ["pwd", "echo $WORKING_DIR"] });
  const folder = await world.workingDirectory();
  expect(logs()).toEqual([`INFO ${folder}`, `INFO ${folder}`]);
});

test("the keys of the task run and of the attempt are known to commands, unless they are said otherwise", async () => {
  const { run, logs } = setup();
  const commands = ["echo $IDEMPOTENCY_KEY $ATTEMPT_KEY"];
  await run("shell.Commands", { commands });
  await run("shell.Commands", { commands, env: { IDEMPOTENCY_KEY: "my own" } });
  expect(logs()).toEqual(["INFO taskrun1 taskrun1-1", "INFO my own taskrun1-1"]);
});

async function outputFolder(): Promise<string> {
  const world = createTestWorld();
  onTestFinished(() => world[Symbol.asyncDispose]());
  return `${await world.workingDirectory()}/.outputs`;
}

test.each([
  { asked: "asked for", given: { outputDirectory: true } },
  { asked: "taken for granted by the deprecated `runner`", given: { runner: "PROCESS" } },
])("every file of the output directory is kept when that is $asked", async ({ given }) => {
  const { run, world } = setup({ variables: { outputDir: await outputFolder() } });
  const { outputs } = await run("shell.Commands", {
    ...given,
    commands: ["mkdir {{ outputDir }}/sub", "echo 1 > $OUTPUT_DIR/sub/a.txt"],
  });
  const files = outputs?.["outputFiles"] as Record<string, string>;
  expect(Object.keys(files)).toEqual(["sub/a.txt"]);
  expect(await world.files.text(files["sub/a.txt"] ?? "")).toBe("1\n");
});

test.each([
  { name: "the runner of the server, and the image of the language", given: {}, runner: undefined, image: "ubuntu" },
  { name: "the runner that is named", given: { taskRunner: { ...PROCESS } }, runner: "Process", image: "ubuntu" },
  { name: "the deprecated process runner", given: { runner: "PROCESS" }, runner: "Process", image: "ubuntu" },
  { name: "the image that is named", given: { containerImage: "alpine" }, runner: undefined, image: "alpine" },
  {
    name: "the deprecated image",
    given: { runner: "DOCKER", docker: { image: "debian" } },
    runner: "Docker",
    image: "debian",
  },
])("runs with $name", async ({ given, runner, image }) => {
  const { run, asked } = setup({ variables: { outputDir: await outputFolder() } });
  await run("shell.Commands", { commands: ["true"], ...given });
  expect(String(asked[0]?.runner?.["type"]).split(".").at(-1)).toBe(String(runner));
  expect(asked[0]?.command.containerImage).toBe(image);
});

test("properties of the runner are passed on", async () => {
  const { run, asked } = setup();
  await run("shell.Commands", { commands: ["true"], taskRunner: { type: "a.b.Runner", networkMode: "host" } });
  expect(asked[0]?.runner).toEqual({ type: "a.b.Runner", networkMode: "host" });
});

test("a shell script runs as it is written", async () => {
  const { run, logs } = setup();
  await run("shell.Script", { script: "for i in 1 2; do\n  echo $i\ndone\n" });
  expect(logs()).toEqual(["INFO 1", "INFO 2"]);
});

test("a Python script takes JSON literals and its own errors", async () => {
  const { run, logs, world } = setup();
  const script = "print({'a': true, 'b': null})\nimport sys\nsys.exit(3)";
  const { message } = await run("python.Script", { script, outputFiles: ["**"] });
  expect(logs()).toEqual(["INFO {'a': True, 'b': None}"]);
  expect(message).toBe("Command failed with exit code 3");
  expect(world.files.uris()).toEqual([]);
  expect(await readdir(await world.workingDirectory())).toEqual([expect.stringMatching(/^\.capstan-script-.*\.py$/)]);
});

test("what a Python script prints is there when it is printed", async () => {
  // Where the tests run it may be set already.
  vi.stubEnv("PYTHONUNBUFFERED", undefined);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { run, logs } = setup({
    runCommand: (command) =>
      runProcess({
        ...command,
        onLine: (stream, line) => {
          command.onLine(stream, line);
          if (line === "first") void writeFile(join(command.workingDirectory, "go"), "second");
        },
      }),
  });
  // Were the first line kept back, nobody would write into the pipe.
  const script = "import os\nos.mkfifo('go')\nprint('first')\nprint(open('go').read())";
  await run("python.Script", { script });
  await run("python.Commands", { commands: ["rm -f go", `python3 -c "${script.replaceAll("\n", "; ")}"`] });
  await run("python.Script", {
    script: "import os; print(os.environ['PYTHONUNBUFFERED'])",
    env: { PYTHONUNBUFFERED: "2" },
  });
  expect(logs()).toEqual(["INFO first", "INFO second", "INFO first", "INFO second", "INFO 2"]);
});

test("a Node script runs after its before-commands", async () => {
  const { run, logs } = setup();
  await run("node.Script", {
    beforeCommands: ["echo before"],
    script: "console.log('::' + JSON.stringify({outputs: {x: 1}}) + '::'); console.log(1 + 1)",
  });
  expect(logs()).toEqual(["INFO before", "INFO 2"]);
});

test.for([
  ["go", "go", 'package main\nimport "os"\nfunc main() { os.Stdout.WriteString("hi\\n") }'],
  ["perl", "perl", 'print "hi\\n";'],
  ["ruby", "ruby", 'puts "hi"'],
  ["php", "php", '<?php echo "hi\\n";'],
  ["lua", "lua", 'print("hi")'],
  ["bun", "bun", 'console.log("hi")'],
  ["deno", "deno", 'console.log("hi")'],
  ["julia", "julia", 'println("hi")'],
  ["r", "Rscript", 'cat("hi\\n")'],
  ["powershell", "pwsh", 'Write-Output "hi"'],
])("a %s script runs", async ([language = "", program = "", script = ""], { skip }) => {
  skip(!isInstalled(program), `${program} is not installed`);
  const { run, logs } = setup();
  await run(`${language}.Script`, { script });
  expect(logs()).toEqual(["INFO hi"]);
});

/** Puts a program on PATH that tells its arguments, and shows the file that the last line of the last one names. */
async function withStandIn(name: string): Promise<JsonMap> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-stand-in-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const tell = '#!/bin/sh\nprintf "%s\\n" "$@"\nfor last; do :; done\ncat "$(printf "%s" "$last" | tail -n 1)"\n';
  await writeFile(join(folder, name), tell, { mode: 0o755 });
  return { PATH: `${folder}:${process.env["PATH"]}` };
}

test("a PowerShell script runs as a file, after the commands before it", async () => {
  const { run, logs, world } = setup();
  const env = await withStandIn("pwsh");
  const script = "param($name = 'x')\nexit 3";
  const outputFiles = ["**"];
  await run("powershell.Script", { env, beforeCommands: ["Import-Module A"], script, outputFiles });
  const folder = await world.workingDirectory();
  const [path = ""] = await readdir(folder);
  expect(path).toMatch(/script-.*\.ps1$/u);
  expect(logs()).toEqual([
    "INFO -NoProfile",
    "INFO -NonInteractive",
    "INFO -Command",
    'INFO $ErrorActionPreference = "Stop"',
    "INFO Import-Module A",
    `INFO ${join(folder, path)}`,
    "INFO param($name = 'x')",
    "INFO exit 3",
  ]);
  expect(world.files.uris()).toEqual([]);
});

test("PowerShell runs a file by its path alone with an interpreter that takes one", async () => {
  const { run, logs, world } = setup();
  const env = await withStandIn("pwsh");
  await run("powershell.Script", { env, interpreter: ["pwsh", "-File"], failFast: false, script: "'hi'" });
  const folder = await world.workingDirectory();
  const [path = ""] = await readdir(folder);
  expect(logs()).toEqual(["INFO -File", `INFO ${join(folder, path)}`, "INFO 'hi'"]);
});

test("PowerShell commands are lines of PowerShell itself", async () => {
  const { run, asked } = setup();
  const env = await withStandIn("pwsh");
  await run("powershell.Commands", { env, commands: ["./main.ps1", "Get-Date"] });
  const lines = '$ErrorActionPreference = "Stop"\n./main.ps1\nGet-Date';
  expect(asked[0]?.command.command).toEqual(["pwsh", "-NoProfile", "-NonInteractive", "-Command", lines]);
});

test("each language has tasks and triggers, for a script and for commands", () => {
  const types = plugin.definitions.map(({ type }) => type);
  for (const { name } of LANGUAGES) {
    expect(types).toContain(`io.kestra.plugin.scripts.${name}.Script`);
    expect(types).toContain(`io.kestra.plugin.scripts.${name}.Commands`);
    expect(types).toContain(`io.kestra.plugin.scripts.${name}.ScriptTrigger`);
    expect(types).toContain(`io.kestra.plugin.scripts.${name}.CommandsTrigger`);
  }
  expect(new Set(types).size).toBe(types.length);
});

test.skipIf(process.platform !== "linux")(
  "a script takes the place of its shell, unless that has something else to do",
  async () => {
    const { run, logs } = setup();
    const script = "import os; print(open(f'/proc/{os.getppid()}/comm').read().strip() == 'sh', 'X' in os.environ)";
    await run("python.Script", { script });
    await run("python.Script", { script, beforeCommands: ["export X=1", "trap 'echo shell ended' EXIT"] });
    expect(logs()).toEqual(["INFO False False", "INFO True True", "INFO shell ended"]);
  },
);

test("outputs in a line that is longer than any may be fail the task instead of getting lost", async () => {
  const { run } = setup();
  const length = 1_100_000;
  const commands = [
    `printf '::{"outputs":{"a":1}}::\\n::{"outputs":{"x":"'`,
    `head -c ${length} /dev/zero | tr '\\0' y`,
  ];
  const { state, message, outputs } = await run("shell.Commands", { commands });
  expect(state).toBe("FAILED");
  expect(message).toMatch(/^the outputs are too large: a line that begins with `::\{` has more than/u);
  expect(outputs).toMatchObject({ exitCode: 0, vars: { a: 1 } });
});
