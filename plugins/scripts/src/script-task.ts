import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  defineTask,
  type Outputs,
  OWN_FILES_PREFIX,
  OWN_VISIBLE_FILES_PREFIX,
  type TaskDefinition,
} from "@capstan/sdk";
import {
  type CommandContext,
  commandOutputs,
  commandProperties,
  commandsProperty,
  POSIX_SHELL,
  runLines,
  withLocalCopies,
} from "@capstan/sdk/commands";
import { z } from "zod";
import type { Language } from "./languages.ts";
import { jbangProperties, pythonProperties, scriptProperty } from "./properties.ts";
import { pythonSetup } from "./python-setup.ts";

const allProperties = () =>
  z.object({
    ...commandProperties(),
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
        ...commandProperties(),
        ...(language.name === "python" ? pythonProperties() : {}),
        ...(language.name === "jbang" ? jbangProperties() : {}),
        ...scriptProperty(),
      }),
    outputs: commandOutputs,
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
        ...commandProperties(),
        ...(language.name === "python" ? pythonProperties() : {}),
        ...commandsProperty(),
      }),
    outputs: commandOutputs,
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
  const { packageManager, pythonVersion, dependencies = [] } = properties;
  const folder = join(await context.workingDirectory(), `${OWN_FILES_PREFIX}python`);
  const setup = pythonSetup({ folder, dependencies, packageManager, pythonVersion });
  return runLines(context, properties, { ...language, lines, setup });
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
