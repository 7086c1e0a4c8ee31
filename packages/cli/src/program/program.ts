import { Command } from "commander";
import { addExecution } from "./execution-commands.ts";
import { addFlow } from "./flow-commands.ts";
import { addMember } from "./member-commands.ts";
import { addPlugin } from "./plugin-commands.ts";
import { addQueue } from "./queue-commands.ts";
import { addWorker } from "./worker-commands.ts";
import { addTrigger } from "./trigger-commands.ts";
import { collect, type Exit, withCommands, withHelp, WRONG } from "./help.ts";
import { VERSION } from "../version.ts";
import { addMigrateStore } from "./migrate-store-command.ts";
import { wholeNumber } from "./whole-number.ts";

/** The whole command line; `exit` receives the exit code of the command that ran. Commands load their code when they run. */
export function createProgram(exit: Exit): Command {
  const program = new Command("capstan")
    .description("Runs workflows: a server, a single run, and a client for a server")
    .version(VERSION)
    // What stands behind a command is its own, also where the command above it has an option of that name.
    .enablePositionalOptions()
    .showHelpAfterError("(capstan --help shows all commands)")
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "")) })
    .exitOverride();
  addServer(program, exit);
  addRun(program, exit);
  addValidate(program, exit);
  addSchema(program, exit);
  addPlugin(program, exit);
  addFlow(program, exit);
  addExecution(program, exit);
  addQueue(program, exit);
  addMember(program, exit);
  addWorker(program, exit);
  addTrigger(program, exit);
  addConfig(program, exit);
  addMigrateStore(program, exit);
  return withHelp(program, {
    exitCodes: ["0 it went well", "1 what was asked for failed", WRONG],
    examples: ["capstan run hello.yaml --input name=Ada", "capstan validate flows/", "capstan server --flows flows/"],
  }).addHelpText("after", "\nMore about one command: capstan <command> --help");
}

function addServer(program: Command, exit: Exit): void {
  const server = program
    .command("server")
    .description("start a server with its store, scheduler and worker in one process")
    .option("--host <address>", "address to listen on; 127.0.0.1 by default, others need a password")
    .option("--port <number>", "port to listen on, 0 for any free one; 8080 by default", wholeNumber(0, 65_535))
    .option("--data <folder>", "folder of the database and of the files, which is made; .capstan by default")
    .option("--database <url>", "PostgreSQL database: postgres://…; SQLite in the data folder by default")
    .option("--roles <names>", "executor, webserver, worker: what it does on a shared database; all by default")
    .option("--config <file>", "configuration file (YAML); none by default")
    .option("--flows <folder>", "flows to store at the start; those with mistakes are told and left out")
    .action(async (options) => exit(await (await import("../commands/server-start.ts")).serverStart(options)));
  withHelp(server, {
    notes: [
      "An option goes before its variable (CAPSTAN_SERVER_PORT, CAPSTAN_DATA, …), and",
      "that before the file; capstan config explain shows all settings. It runs until",
      "Ctrl-C or SIGTERM, then lets running tasks end; a second Ctrl-C ends it at once.",
    ],
    exitCodes: ["0 it was told to stop", "1 it can't listen or open its database", WRONG],
    examples: [
      "capstan server --data .capstan --flows flows/",
      "capstan server --database postgres://capstan@db.example.org/capstan",
      "capstan server --database postgres://capstan@db.example.org/capstan --roles webserver,worker",
      "capstan server --config capstan.yaml --port 9090",
    ],
  });
}

function addRun(program: Command, exit: Exit): void {
  const run = program
    .command("run")
    .description("run a flow here and show it until it ends, without a server")
    .argument("<flow...>", "flow files; the first one is run, the others are its subflows")
    .option("-i, --input <id=value>", "an input, repeatable; id=@file reads a file", collect)
    .option("-l, --label <key=value>", "a label of the execution, repeatable", collect)
    .option("--json", "print the final execution as JSON and nothing else")
    .option("--timeout <duration>", "kill the execution after it, such as 30s, 5m or PT1H; no limit by default")
    .option("--config <file>", "configuration file (YAML); none by default")
    .action(async (files, options) => exit(await (await import("../commands/run-flow.ts")).runFlow(files, options)));
  withHelp(run, {
    notes: ["Nothing of it stays: its database and its files are in a temporary folder.", "Triggers do not fire."],
    exitCodes: ["0 it ended in SUCCESS or WARNING", "1 in another state", "2 the flow or an input has mistakes"],
    examples: [
      "capstan run hello.yaml --input name=Ada --input rows=@rows.csv",
      "capstan run parent.yaml child.yaml --timeout 5m --json",
    ],
  });
}

function addValidate(program: Command, exit: Exit): void {
  const validate = program
    .command("validate")
    .description("check flows and show every mistake with its place, without a server")
    .argument("<path...>", "files, or folders whose .yaml and .yml files are checked")
    .option("--json", "print a list of {path, diagnostics} and nothing else")
    .option("--strict", "refuse what can only fail when it runs, such as an unknown filter in an expression")
    .option("--config <file>", "configuration file (YAML), for plugins that it adds; none by default")
    .action(async (paths, options) =>
      exit(await (await import("../commands/validate-paths.ts")).validatePaths(paths, options)),
    );
  withHelp(validate, {
    notes: ['Each mistake is a line "file:line:column code message — hint".'],
    exitCodes: ["0 no errors (warnings and notes there may be)", "1 errors", "2 a path can't be read"],
    examples: ["capstan validate hello.yaml flows/"],
  });
}

function addSchema(program: Command, exit: Exit): void {
  const schema = program
    .command("schema")
    .description("print the JSON Schema of flows, for completion and checks in editors")
    .option("--config <file>", "configuration file (YAML), for plugins that it adds; none by default")
    .action(async (options) => exit(await (await import("../commands/schema-print.ts")).schemaPrint(options)));
  withHelp(schema, {
    notes: [
      "Editors with the YAML language server use it for a flow that begins with",
      "# yaml-language-server: $schema=flow-schema.json",
    ],
    exitCodes: ["0 done"],
    examples: ["capstan schema > flow-schema.json"],
  });
}

function addConfig(program: Command, exit: Exit): void {
  const config = program.command("config").description("the settings of a server");
  withCommands(config, "capstan config explain --config capstan.yaml");
  const explain = config
    .command("explain")
    .description("print every setting with its value, where it came from, and what it does")
    .option("--config <file>", "configuration file (YAML); none by default")
    .option("--json", "print JSON")
    .action(async (options) => exit((await import("../commands/config-explain.ts")).configExplain(options)));
  withHelp(explain, {
    notes: ["Passwords, tokens and secrets are masked."],
    exitCodes: ["0 done", "2 a setting has a mistake, told with its place"],
    examples: ["capstan config explain --config capstan.yaml"],
  });
}
