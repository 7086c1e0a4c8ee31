import { type Command, Option } from "commander";

/** Receives the exit code of the command that ran. */
export type Exit = (exitCode: number) => void;

/** What the help of a command says besides its options. */
export interface Help {
  /** Sentences that the options don't say. */
  readonly notes?: readonly string[];
  /** What the command ends with, in words after the number. */
  readonly exitCodes: readonly string[];
  readonly examples: readonly string[];
}

export const WRONG = "2 it was asked for wrongly";

export function withHelp(command: Command, { notes = [], exitCodes, examples }: Help): Command {
  const title = examples.length === 1 ? "Example:" : "Examples:";
  const parts = [
    ...(notes.length === 0 ? [] : [`\n${notes.join("\n")}`]),
    `\nExit code: ${exitCodes.join(", ")}`,
    `\n${title}\n${examples.map((example) => `  ${example}`).join("\n")}`,
  ];
  return command.addHelpText("after", parts.join("\n"));
}

/** A command that has others below it. */
export function withCommands(command: Command, ...examples: readonly string[]): Command {
  const lines = examples.map((example) => `  ${example}`).join("\n");
  return command.addHelpText(
    "after",
    `\nExamples:\n${lines}\n\nMore about one command: capstan ${command.name()} <command> --help`,
  );
}

/** A command that talks to a server: which one, and as whom. */
export function onServer(command: Command, { exitCodes, ...help }: Partial<Help> & Pick<Help, "examples">): Command {
  const where = "address of the server; CAPSTAN_SERVER, or http://127.0.0.1:8080 by default";
  command
    .addOption(new Option("--server <url>", where).helpGroup("Server:"))
    .addOption(new Option("--user <name:password>", "basic authentication, or CAPSTAN_USER").helpGroup("Server:"))
    .addOption(new Option("--token <token>", "a token instead of --user, or CAPSTAN_TOKEN").helpGroup("Server:"));
  return withHelp(command, {
    exitCodes: exitCodes ?? ["0 done", "1 the server refuses, or does not answer", WRONG],
    ...help,
  });
}

/** For an option that may be given several times. */
export function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}
