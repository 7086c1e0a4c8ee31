import { defineTask, type Outputs, type TaskContext, type TaskDefinition, writeInputFiles } from "@capstan/sdk";
import {
  commandOutputs,
  type CommandProperties,
  commandProperties,
  commandsProperty,
  runLines,
} from "@capstan/sdk/commands";
import { z } from "zod";

/** What a tool makes of its properties before its commands run. */
export interface Preparation {
  /** Variables, behind those that the task writes itself. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Files for the working folder, before those that the task writes itself: names and contents. */
  readonly files?: Readonly<Record<string, string>>;
  /** Lines before the commands. */
  readonly setup?: readonly string[];
  /** What is run in place of the commands as they are written. */
  readonly lines?: readonly string[];
}

/** A command line tool: everything in which its tasks differ from those of others. */
export interface Tool<Shape extends z.ZodRawShape> {
  readonly type: string;
  readonly aliases?: readonly string[];
  readonly title: string;
  readonly description?: string;
  readonly deprecated?: string;
  readonly image: string;
  /** Of its own. */
  readonly properties?: () => Shape;
  /** Lines of YAML for the example: the commands, and what else the tool needs. */
  readonly example: string;
  readonly prepare?: (
    properties: z.output<z.ZodObject<Shape>>,
    written: WrittenRun,
    context: TaskContext<unknown>,
  ) => Preparation | Promise<Preparation>;
  /** What becomes of the outputs of commands that went well. */
  readonly finish?: (
    properties: z.output<z.ZodObject<Shape>>,
    outputs: Outputs,
    context: TaskContext<unknown>,
  ) => Promise<Outputs>;
}

/** What a task writes of what it runs. */
export interface WrittenRun {
  readonly commands: readonly string[];
}

type Written = CommandProperties & { readonly commands?: readonly string[] };

/** The task that runs commands of a tool, in a container of its image unless a task runner says otherwise. */
export function toolTask<Shape extends z.ZodRawShape>(tool: Tool<Shape>): TaskDefinition {
  const { type, aliases = [], title, description, deprecated, example } = tool;
  return defineTask({
    type,
    aliases: [...aliases],
    title,
    ...(description !== undefined && { description }),
    ...(deprecated !== undefined && { deprecated }),
    properties: () => z.object({ ...commandProperties(), ...commandsProperty(), ...tool.properties?.() }),
    outputs: commandOutputs,
    examples: [
      { title: `Run commands of ${title.replace(/^.*? with /, "")}`, code: `id: run\ntype: ${type}\n${example}` },
    ],
    run: (context) => runTool(tool, context),
  });
}

/** Runs a tool with what the properties of a task say. */
export async function runTool<Shape extends z.ZodRawShape>(
  tool: Tool<Shape>,
  context: TaskContext<unknown>,
): Promise<Outputs> {
  const written = context.properties as Written;
  const own = context.properties as z.output<z.ZodObject<Shape>>;
  const { commands = [] } = written;
  const { env = {}, files, setup = [], lines = commands } = (await tool.prepare?.(own, { commands }, context)) ?? {};
  if (files !== undefined) await writeInputFiles(await context.workingDirectory(), files, context.files);
  const outputs = await runLines(context, written, { image: tool.image, env: present(env), setup, lines });
  return (await tool.finish?.(own, outputs, context)) ?? outputs;
}

function present(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const entries = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
