import {
  defineTrigger,
  duration,
  dynamic,
  type Outputs,
  type PollingContext,
  TaskFailure,
  text,
  type TriggerDefinition,
  type TriggerEvent,
  type TriggerProgress,
} from "@capstan/sdk";
import { commandProperties, commandsProperty } from "@capstan/sdk/commands";
import { z } from "zod";
import type { Language } from "./languages.ts";
import { scriptProperty } from "./properties.ts";
import { runScript, type ScriptProperties } from "./script-task.ts";

const placeProperties = () => {
  const { containerImage, taskRunner } = commandProperties();
  return { containerImage, taskRunner };
};
const triggerProperties = () => ({
  exitCondition: text().describe(
    "When the flow is started: `exit 3` for a code that the run ends with, else a regular expression that matches a part of the outputs of a run that ended well, such as `rows=[1-9]`.",
  ),
  interval: duration().default(60_000).describe("Time between two runs. Default: PT60S."),
  edge: dynamic(z.boolean())
    .default(true)
    .describe("Start the flow when the condition comes to hold, not at each run while it does. Default: true."),
  ...placeProperties(),
});
const triggerOutputs = () =>
  z.object({
    timestamp: z.string().describe("When the run ended."),
    condition: z.string().describe("The condition that held."),
    exitCode: z.int(),
    vars: z.record(z.string(), z.unknown()).nullable().describe("Outputs of the run; null where it failed."),
  });

/** `io.kestra.plugin.scripts.<language>.ScriptTrigger`: runs a script again and again, and starts the flow for what it comes to. */
export function scriptTrigger(language: Language): TriggerDefinition {
  return defineTrigger({
    type: `io.kestra.plugin.scripts.${language.name}.ScriptTrigger`,
    title: `Start the flow for what a ${language.title} script comes to`,
    properties: () => z.object({ ...triggerProperties(), ...scriptProperty() }),
    outputs: triggerOutputs,
    poll: (context) => poll(context, language),
  });
}

/** `io.kestra.plugin.scripts.<language>.CommandsTrigger`: the same with command lines. */
export function commandsTrigger(language: Language): TriggerDefinition {
  return defineTrigger({
    type: `io.kestra.plugin.scripts.${language.name}.CommandsTrigger`,
    title: `Start the flow for what commands come to, with ${language.title} at hand`,
    properties: () => z.object({ ...triggerProperties(), ...commandsProperty() }),
    outputs: triggerOutputs,
    poll: (context) => poll(context, language),
  });
}

type Properties = z.output<z.ZodObject<ReturnType<typeof triggerProperties>>> &
  Pick<ScriptProperties, "script" | "commands">;

/** What a run came to. */
interface Ended {
  readonly exitCode: number;
  readonly vars: Readonly<Record<string, unknown>> | null;
}

/** The position says whether the condition held the last time. */
async function poll(
  context: PollingContext<Properties>,
  language: Language,
): Promise<TriggerEvent | TriggerProgress | undefined> {
  const { exitCondition: condition, edge } = context.properties;
  const ended = await run(context, language);
  const holds = await holdsFor(context, condition.trim(), ended);
  const held = context.position === true;
  if (!holds) return held ? { position: false } : undefined;
  if (edge && held) return undefined;
  const timestamp = new Date(context.now()).toISOString();
  return { variables: { timestamp, condition, ...ended }, ...(edge ? { position: true } : {}) };
}

/** A run that fails has come to something as well; one that could not be made has not. */
async function run(context: PollingContext<Properties>, language: Language): Promise<Ended> {
  const commandContext = { ...context, identity: { namespace: context.namespace }, metric: () => undefined };
  try {
    const outputs = await runScript(commandContext, language, context.properties);
    return { exitCode: codeOf(outputs), vars: outputs["vars"] as Ended["vars"] };
  } catch (error) {
    if (!(error instanceof TaskFailure) || error.outputs === undefined) throw error;
    return { exitCode: codeOf(error.outputs), vars: null };
  }
}

function codeOf(outputs: Outputs): number {
  return Number(outputs["exitCode"]);
}

const EXIT = /^exit\s+(\d+)$/iu;

/** A condition that is no regular expression is looked for as it is. */
async function holdsFor(
  { evaluate }: PollingContext<Properties>,
  condition: string,
  { exitCode, vars }: Ended,
): Promise<boolean> {
  const code = EXIT.exec(condition)?.[1];
  if (code !== undefined) return exitCode === Number(code);
  if (condition === "" || vars === null || Object.keys(vars).length === 0) return false;
  const shown = shownText(vars);
  try {
    // The platform's own matcher ends in bounded time, whatever the pattern.
    return (await evaluate("{{ shown | regexMatch(condition) }}", { shown, condition })) === true;
  } catch {
    return shown.includes(condition);
  }
}

/** Values as Java writes them, which conditions are made for: `{rows=3, names=[a, b]}`. */
function shownText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shownText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([name, item]) => `${name}=${shownText(item)}`)
    .join(", ")}}`;
}
