import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  defineTask,
  dynamicMap,
  filesBelow,
  type Outputs,
  renderedLater,
  storeFiles,
  type TaskContext,
  type TaskDefinition,
  TaskFailure,
  text,
  textMap,
} from "@capstan/sdk";
import { commandOutputs, DOCKER_RUNNER, POSIX_SHELL, PROCESS_RUNNER, quoted, runCommands } from "@capstan/sdk/commands";
import { z } from "zod";

/**
 * The script tasks of before there were task runners. They run as processes unless `runner: DOCKER` is said, and name their output
 * files beforehand: `{{ outputFiles.report }}` is the path to write to, `outputs.<task>.outputFiles.report` the address of the file.
 */
const names = () => z.array(text()).optional();
const legacyProperties = () => ({
  runner: z.enum(["PROCESS", "DOCKER"]).optional(),
  dockerOptions: z.looseObject({ image: text().optional() }).optional(),
  interpreter: text().optional(),
  interpreterArgs: z.array(z.string()).optional(),
  exitOnFailed: z.boolean().optional(),
  inputFiles: dynamicMap().optional(),
  files: names(),
  outputsFiles: names(),
  outputFiles: names(),
  outputDirs: names(),
  env: textMap().optional(),
  warningOnStdErr: z.boolean().optional(),
});
const optionalCommands = () => z.array(renderedLater()).optional();
const args = () => z.array(renderedLater()).optional();

const python = () => ({
  ...legacyProperties(),
  commands: optionalCommands(),
  args: args(),
  pythonPath: text().optional(),
  packageManager: z.enum(["PIP", "UV"]).optional(),
  requirements: z.array(text()).optional(),
  virtualEnv: z.boolean().optional(),
});
const node = () => ({ ...legacyProperties(), args: args(), nodePath: text().optional(), npmPath: text().optional() });

type LegacyProperties = z.output<z.ZodObject<ReturnType<typeof legacyProperties>>>;

export const legacyTasks: readonly TaskDefinition[] = [
  defineTask({
    type: "io.kestra.core.tasks.scripts.Bash",
    title: "Run shell commands",
    deprecated: "Use io.kestra.plugin.scripts.shell.Commands.",
    properties: () => z.object({ ...legacyProperties(), commands: z.array(renderedLater()) }),
    outputs: commandOutputs,
    run: (context) => runLegacy(context, context.properties, context.properties.commands, "ubuntu"),
  }),
  defineTask({
    type: "io.kestra.core.tasks.scripts.Python",
    title: "Run a Python script",
    deprecated: "Use io.kestra.plugin.scripts.python.Script.",
    properties: () => z.object(python()),
    outputs: commandOutputs,
    run: (context) => {
      const { commands, args: words = [], pythonPath = "python3", requirements = [], virtualEnv } = context.properties;
      const interpreter = quoted(pythonPath);
      const install =
        requirements.length === 0 ? [] : [`python3 -m pip install --quiet ${requirements.map(quoted).join(" ")}`];
      const isolated = virtualEnv === false || requirements.length === 0;
      const setup = isolated
        ? install
        : [`${interpreter} -m venv .capstan-python`, ". .capstan-python/bin/activate", ...install];
      const program = isolated ? interpreter : "python3";
      return runLegacy(
        context,
        context.properties,
        [...setup, ...(commands ?? [[program, "main.py", ...words].join(" ")])],
        "python:3.13-slim",
      );
    },
  }),
  defineTask({
    type: "io.kestra.core.tasks.scripts.Node",
    title: "Run a Node.js script",
    deprecated: "Use io.kestra.plugin.scripts.node.Script.",
    properties: () => z.object(node()),
    outputs: commandOutputs,
    run: (context) => {
      const { args: words = [], nodePath = "node", npmPath = "npm" } = context.properties;
      const install = `if [ -f package.json ]; then ${quoted(npmPath)} install --no-audit --no-fund --loglevel=error; fi`;
      return runLegacy(
        context,
        context.properties,
        [install, [quoted(nodePath), "main.js", ...words].join(" ")],
        "node",
      );
    },
  }),
];

async function runLegacy(
  context: TaskContext<unknown>,
  properties: LegacyProperties,
  commands: readonly string[],
  image: string,
): Promise<Outputs> {
  const folder = await context.workingDirectory();
  const { files = [], outputsFiles = [], outputFiles = [], outputDirs = [] } = properties;
  const fileNames = [...files, ...outputsFiles, ...outputFiles];
  const place = (name: string) => join(folder, `.capstan-${context.identity.taskRunId}`, encodeURIComponent(name));
  await mkdir(join(place("x"), ".."), { recursive: true });
  await Promise.all(fileNames.map((name) => writeFile(place(name), "")));
  await Promise.all(outputDirs.map((name) => mkdir(place(name))));
  const places = (list: readonly string[]) => Object.fromEntries(list.map((name) => [name, place(name)]));
  const extra = {
    workingDir: folder,
    outputFiles: places(fileNames),
    outputDirs: places(outputDirs),
    ...places(fileNames),
  };
  const lines = await Promise.all(commands.map((command) => context.render(command, extra)));
  const { interpreter = "/bin/sh", interpreterArgs = ["-c"], exitOnFailed = true, env, inputFiles } = properties;
  const run = {
    commandLine: {
      interpreter: [interpreter, ...interpreterArgs],
      failFast: exitOnFailed ? POSIX_SHELL.failFast : undefined,
      lines,
    },
    env,
    inputFiles,
    containerImage: properties.dockerOptions?.image ?? image,
    taskRunner: { type: properties.runner === "DOCKER" ? DOCKER_RUNNER : PROCESS_RUNNER },
  };
  const stored = async () => ({
    ...(await storeNamed(fileNames, place, context)),
    ...(await storeFolders(outputDirs, place, context)),
  });
  try {
    const outputs = await runCommands(context, run);
    return withFiles(outputs, await stored());
  } catch (error) {
    if (!(error instanceof TaskFailure) || error.outputs === undefined) throw error;
    throw new TaskFailure(error.message, { cause: error, outputs: withFiles(error.outputs, await stored()) });
  }
}

function withFiles(outputs: Outputs, outputFiles: Record<string, string>): Outputs {
  return { ...outputs, outputFiles, files: outputFiles };
}

async function storeNamed(list: readonly string[], place: (name: string) => string, { files }: TaskContext<unknown>) {
  const stored: Record<string, string> = {};
  for (const name of list) {
    const path = place(name);
    const [uri] = Object.values(await storeFiles(join(path, ".."), [encodeURIComponent(name)], files));
    if (uri !== undefined) stored[name] = uri;
  }
  return stored;
}

async function storeFolders(list: readonly string[], place: (name: string) => string, { files }: TaskContext<unknown>) {
  const stored: Record<string, string> = {};
  for (const name of list) {
    const contents = await storeFiles(place(name), await filesBelow(place(name)), files);
    for (const [path, uri] of Object.entries(contents)) stored[`${name}/${path}`] = uri;
  }
  return stored;
}
