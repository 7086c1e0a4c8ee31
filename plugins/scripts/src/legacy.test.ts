import { spawnSync } from "node:child_process";
import type { JsonMap } from "@capstan/sdk";
import { createTestWorld } from "@capstan/sdk/test-kit";
import { expect, onTestFinished, test } from "vitest";
import { legacyTasks } from "./legacy.ts";

function setup() {
  const world = createTestWorld({
    runCommand: async (asked, runner) => {
      const [program = "", ...args] = asked.command;
      const { workingDirectory, env } = asked;
      const { stdout, status } = spawnSync(program, args, {
        cwd: workingDirectory,
        encoding: "utf8",
        env: { ...process.env, ...env },
      });
      for (const line of stdout.split("\n").slice(0, -1)) asked.onLine("stdout", line);
      return { exitCode: status ?? 1, details: { type: runner?.type } };
    },
  });
  onTestFinished(() => world[Symbol.asyncDispose]());
  const run = (name: string, properties: JsonMap) =>
    world.run(
      legacyTasks.find(({ type }) => type === `io.kestra.core.tasks.scripts.${name}`)!,
      properties,
    );
  return { world, run };
}

test("Bash runs as a process and stores the files that it names", async () => {
  const { world, run } = setup();
  const { state, outputs } = await run("Bash", {
    outputFiles: ["report"],
    outputDirs: ["all"],
    commands: ["echo 1 > {{ outputFiles.report }}", "echo 2 > {{ outputDirs.all }}/two.txt", "echo done"],
  });
  const files = outputs?.["outputFiles"] as Record<string, string>;
  expect(state).toBe("SUCCESS");
  expect(Object.keys(files)).toEqual(["report", "all/two.txt"]);
  expect(await world.files.text(files["report"] ?? "")).toBe("1\n");
  expect(outputs).toMatchObject({ files, exitCode: 0, taskRunner: { type: "io.kestra.plugin.core.runner.Process" } });
});

test("Bash fails with its outputs, unless it need not stop", async () => {
  const { run } = setup();
  const failed = await run("Bash", { commands: ["exit 2"], outputFiles: ["x"] });
  expect(failed).toMatchObject({
    state: "FAILED",
    message: "Command failed with exit code 2",
    outputs: { exitCode: 2, files: { x: expect.any(String) } },
  });
  expect((await run("Bash", { commands: ["false", "true"], exitOnFailed: false })).state).toBe("SUCCESS");
});

test("Python runs main.py with its arguments", async () => {
  const { world, run } = setup();
  await run("Python", { inputFiles: { "main.py": "import sys; print('args', sys.argv[1])" }, args: ["one"] });
  expect(world.logs.map(({ message }) => message)).toEqual(["args one"]);
});

test("Node runs main.js with its arguments", async () => {
  const { world, run } = setup();
  await run("Node", { inputFiles: { "main.js": "console.log('args', process.argv[2])" }, args: ["one"] });
  expect(world.logs.map(({ message }) => message)).toEqual(["args one"]);
});

test("Docker is used when it is asked for", async () => {
  const { run } = setup();
  const { outputs } = await run("Bash", { commands: ["true"], runner: "DOCKER" });
  expect(outputs).toMatchObject({ taskRunner: { type: expect.stringMatching(/\.Docker$/) } });
});
