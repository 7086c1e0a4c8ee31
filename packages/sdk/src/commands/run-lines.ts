import type { JsonMap } from "@capstan/model";
import type { Outputs } from "../definition.ts";
import type { CommandProperties } from "./command-properties.ts";
import { type LineShell, POSIX_SHELL } from "./line-shell.ts";
import { type CommandContext, type CommandRun, runCommands } from "./run-commands.ts";

export const DOCKER_RUNNER = "io.kestra.plugin.scripts.runner.docker.Docker";
export const PROCESS_RUNNER = "io.kestra.plugin.core.runner.Process";

/** Where lines run, unless the task says it otherwise. */
export interface LineRun {
  readonly image: string;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** By default a POSIX shell. */
  readonly shell?: LineShell | undefined;
  /** All of them share one shell, after the `beforeCommands`. */
  readonly lines: readonly string[];
  /** Before all else. */
  readonly setup?: readonly string[];
}

/** Runs lines as the properties of a task say. Throws `TaskFailure` with the outputs when they end with another code than 0. */
export async function runLines(
  context: CommandContext,
  properties: CommandProperties,
  { shell = POSIX_SHELL, lines, setup = [], ...defaults }: LineRun,
): Promise<Outputs> {
  const { beforeCommands = [], failFast = true, targetOS, interpreter = shell.interpreter } = properties;
  const isUnknownShell = shell === POSIX_SHELL && targetOS === "WINDOWS";
  return runCommands(context, {
    ...commonRun(properties, defaults),
    commandLine: {
      interpreter,
      failFast: failFast && !isUnknownShell ? shell.failFast : undefined,
      lines: [...setup, ...beforeCommands, ...lines],
      targetOS,
    },
  });
}

function commonRun(
  properties: CommandProperties,
  { image, env }: Pick<LineRun, "image" | "env">,
): Omit<CommandRun, "commandLine"> {
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

/** The deprecated `runner` goes before `taskRunner`; options of a container without either ask for Docker. */
function runnerOf({ runner, taskRunner, docker }: CommandProperties): CommandRun["taskRunner"] {
  if (runner === "PROCESS") return { type: PROCESS_RUNNER };
  if (taskRunner !== undefined && runner === undefined) return taskRunner as { type: string } & JsonMap;
  if (runner === undefined && docker === undefined) return undefined;
  const { image: _image, dockerHost, ...options } = (docker ?? {}) as JsonMap;
  return { type: DOCKER_RUNNER, ...options, ...(dockerHost === undefined ? {} : { host: dockerHost }) };
}
