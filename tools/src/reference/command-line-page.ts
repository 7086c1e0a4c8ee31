import { createProgram } from "@capstan/cli/reference";
import { type GeneratedPage, generatedPage } from "./generated-page.ts";

type Program = ReturnType<typeof createProgram>;
const HELP_COLUMNS = 100;

/** The help of every command, as the command line prints it. */
export function commandLinePage(): GeneratedPage {
  const program = createProgram(() => undefined);
  return generatedPage("docs/reference/cli.md", "`packages/cli/src/program/`", [
    "# Command line",
    "Exit codes: 0 it went well, 1 what was asked for failed, 2 it was asked for wrongly. Answers go to stdout, everything else\nto stderr. `NO_COLOR` turns colours off; where `CI` is set, runs are told line by line.",
    ...sectionsOf(program, []),
  ]);
}

function sectionsOf(command: Program, parents: readonly string[]): readonly string[] {
  const words = [...parents, command.name()];
  const own = `## ${words.join(" ")}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``;
  return [own, ...command.commands.flatMap((child) => sectionsOf(child, words))];
}

function helpOf(command: Program): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => HELP_COLUMNS,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trimEnd();
}
