/** Commands for plugins: one engine, with one set of properties and outputs, and the notices that commands write. */
export { quoted, quotedForPowerShell } from "./commands/command-line.ts";
export { type CommandOutput, createCommandOutput } from "./commands/command-output.ts";
export {
  commandOutputs,
  commandProperties,
  type CommandProperties,
  commandsProperty,
} from "./commands/command-properties.ts";
export { createLineReader, LINE_CHARACTERS_MAX, type LineReader } from "./commands/lines.ts";
export { type LineShell, POSIX_SHELL } from "./commands/line-shell.ts";
export { withLocalCopies } from "./commands/local-copies.ts";
export { type CommandContext, type CommandRun, runCommands } from "./commands/run-commands.ts";
export { DOCKER_RUNNER, type LineRun, PROCESS_RUNNER, runLines } from "./commands/run-lines.ts";
