import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  defineTask,
  type JsonMap,
  type Outputs,
  OWN_FILES_PREFIX,
  OWN_VISIBLE_FILES_PREFIX,
  type TaskDefinition,
} from "@capstan/sdk";
import { z } from "zod";
import { pythonSetup } from "./command-line.ts";
import { type Language, POSIX_SHELL } from "./languages.ts";
import { withLocalCopies } from "./local-copies.ts";
import {
  commandsProperty,
  commonProperties,
  jbangProperties,
  pythonProperties,
  scriptOutputs,
  scriptProperty,
} from "./properties.ts";
import { type CommandContext, type CommandRun, runCommands } from "./run-commands.ts";

export const DOCKER_RUNNER = "io.kestra.plugin.scripts.runner.docker.Docker";
export const PROCESS_RUNNER = "io.kestra.plugin.core.runner.Process";

const allProperties = () =>
  z.object({
    ...commonProperties(),
    ...pythonProperties(),
    ...jbangProperties(),
    script: scriptProperty().script.optional(),
    commands: commandsProperty().commands.optional(),
  });
/** Properties of any script task; which of them exist depends on the language and the kind. */
export type ScriptProperties = Partial<z.output<ReturnType<typeof allProperties>>>;

/** `io.kestra.plugin.scripts.<language>.Script`: one text. */
export function scriptTask(language: Language): TaskDefinition {
  return defineTask({
    type: `io.kestra.plugin.scripts.${language.name}.Script`,
    title: `Run a ${language.title} script`,
    properties: () =>
      z.object({
        ...commonProperties(),
        ...(language.name === "python" ? pythonProperties() : {}),
        ...(language.name === "jbang" ? jbangProperties() : {}),
        ...scriptProperty(),
      }),
    outputs: scriptOutputs,
    run: (context) => runScript(context, language, context.properties as ScriptProperties),
  });
}

/** `io.kestra.plugin.scripts.<language>.Commands`: a list of command lines. */
export function commandsTask(language: Language): TaskDefinition {
  return defineTask({
    type: `io.kestra.plugin.scripts.${language.name}.Commands`,
    title: `Run commands with ${language.title} at hand`,
    properties: () =>
      z.object({
        ...commonProperties(),
        ...(language.name === "python" ? pythonProperties() : {}),
        ...commandsProperty(),
      }),
    outputs: scriptOutputs,
    run: (context) => runScript(context, language, context.properties as ScriptProperties),
  });
}

/** Runs `script`, or without one the `commands`. */
export async function runScript(
  context: CommandContext,
  language: Language,
  properties: ScriptProperties,
): Promise<Outputs> {
  const { script, commands = [] } = properties;
  const lines = script === undefined ? commands : await scriptLines(context, language, properties);
  return runLines(context, language, properties, lines);
}

/** The lines that run a script: the script itself, or a call of its language with a file that holds it. */
async function scriptLines(
  context: CommandContext,
  { name, file, shell = POSIX_SHELL }: Language,
  properties: ScriptProperties,
): Promise<readonly string[]> {
  const { script = "", extension, quiet } = properties;
  if (file === undefined) return [script];
  const folder = await context.workingDirectory();
  const [source = ""] = await withLocalCopies(folder, [script], context.files);
  const ending = (extension ?? file.extension).replace(/^\./, "");
  const prefix = file.isVisible === true ? OWN_VISIBLE_FILES_PREFIX : OWN_FILES_PREFIX;
  const path = join(folder, `${prefix}script-${randomBytes(6).toString("hex")}.${ending}`);
  // To hand so little to another thread would take longer than to write it.
  writeFileSync(path, (file.prelude ?? "") + source);
  const plain = file.command(shell.quoted(path));
  const command = name === "jbang" && quiet !== false ? plain.replace(/^jbang /, "jbang --quiet ") : plain;
  return [hasShellToItself(properties) ? `${shell.takeOver ?? ""}${command}` : command];
}

/** Nothing else happens in the shell, so that it may become the script's process, which saves one. */
function hasShellToItself({ beforeCommands = [], dependencies = [], interpreter }: ScriptProperties): boolean {
  return beforeCommands.length === 0 && dependencies.length === 0 && interpreter === undefined;
}

async function runLines(
  context: CommandContext,
  language: Language,
  properties: ScriptProperties,
  lines: readonly string[],
): Promise<Outputs> {
  const { shell = POSIX_SHELL } = language;
  const { beforeCommands = [], failFast = true, targetOS, interpreter = shell.interpreter } = properties;
  const setup = pythonSetup({
    folder: join(await context.workingDirectory(), `${OWN_FILES_PREFIX}python`),
    dependencies: properties.dependencies ?? [],
    packageManager: properties.packageManager,
    pythonVersion: properties.pythonVersion,
  });
  const isUnknownShell = shell === POSIX_SHELL && targetOS === "WINDOWS";
  return runCommands(context, {
    ...commonRun(properties, language),
    commandLine: {
      interpreter,
      failFast: failFast && !isUnknownShell ? shell.failFast : undefined,
      lines: [...setup, ...beforeCommands, ...lines],
      targetOS,
    },
  });
}

function commonRun(properties: ScriptProperties, { image, env }: Language): Omit<CommandRun, "commandLine"> {
  const { inputFiles, outputFiles, namespaceFiles, containerImage, docker, runner } = properties;
  return {
    env: { ...env, ...properties.env },
    inputFiles,
    outputFiles,
    namespaceFiles,
    // Flows that still name a `runner` were written when each task had that folder.
    outputDirectory: properties.outputDirectory ?? runner !== undefined,
    containerImage: docker?.image ?? containerImage ?? image,
    taskRunner: runnerOf(properties),
  };
}

/** The deprecated `runner` goes before `taskRunner`; without either it is Docker. */
function runnerOf({ runner, taskRunner, docker }: ScriptProperties): CommandRun["taskRunner"] {
  if (runner === "PROCESS") return { type: PROCESS_RUNNER };
  if (taskRunner !== undefined && runner === undefined) return taskRunner as { type: string } & JsonMap;
  const { image: _image, dockerHost, ...options } = (docker ?? {}) as JsonMap;
  return { type: DOCKER_RUNNER, ...options, ...(dockerHost === undefined ? {} : { host: dockerHost }) };
}
