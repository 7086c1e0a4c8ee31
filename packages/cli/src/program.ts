import { Command, InvalidArgumentError, Option } from "commander";

/** Commands load their code when they run, so that `--help` stays quick. */
type Exit = (exitCode: number) => void;

const VALIDATE_HELP = `
Each mistake is a line "file:line:column code message — hint". The exit code is 1 when there is an error, 0 when there are
only warnings and notes, and 2 when a path can't be read.`;

/** The whole command line; `exit` receives the exit code of the command that ran. */
export function createProgram(exit: Exit): Command {
  const program = new Command("capstan")
    .description("Runs workflows: a server, a single run, and a client for a server")
    .version("0.1.0")
    .showHelpAfterError("(capstan --help shows all commands)")
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "")) })
    .exitOverride();
  addServer(program, exit);
  addRun(program, exit);
  addValidate(program, exit);
  addSchema(program, exit);
  addFlow(program, exit);
  addExecution(program, exit);
  addConfig(program, exit);
  withExamples(
    program,
    "capstan run hello.yaml --input name=Ada",
    "capstan validate flows/",
    "capstan server --flows flows/",
  );
  program.addHelpText(
    "after",
    "\nExit code: 0 it went well, 1 what was asked for failed, 2 it was asked for wrongly.\nMore about one command: capstan <command> --help",
  );
  return program;
}

function addServer(program: Command, exit: Exit): void {
  const server = program
    .command("server")
    .description("start a server with its store, scheduler and worker in one process")
    .option("--host <address>", "address to listen on")
    .option("--port <number>", "port to listen on; 0 for any free one", wholeNumber(0, 65_535))
    .option("--data <folder>", "folder of the database and of the files")
    .option("--config <file>", "configuration file (YAML)")
    .option("--flows <folder>", "flows to load at the start")
    .action(async (options) => exit(await (await import("./commands/server-start.ts")).serverStart(options)));
  withExamples(server, "capstan server --data .capstan --flows flows/", "capstan server --config capstan.yaml");
}

function addRun(program: Command, exit: Exit): void {
  const run = program
    .command("run")
    .description("run a flow in a throwaway instance; further files are its subflows")
    .argument("<flow...>", "flow files; the first one is run")
    .option("-i, --input <id=value>", "an input, repeatable; id=@file reads a file", collect)
    .option("-l, --label <key=value>", "a label of the execution, repeatable", collect)
    .option("--json", "print the final execution as JSON and nothing else")
    .option("--timeout <duration>", "kill the execution after it, such as 30s, 5m or PT1H")
    .option("--config <file>", "configuration file (YAML)")
    .action(async (files, options) => exit(await (await import("./commands/run-flow.ts")).runFlow(files, options)));
  withExamples(
    run,
    "capstan run hello.yaml --input name=Ada --input rows=@rows.csv",
    "capstan run parent.yaml child.yaml --timeout 5m --json",
  );
}

function addValidate(program: Command, exit: Exit): void {
  const validate = program
    .command("validate")
    .description("check flows and show every mistake with its place")
    .argument("<path...>", "files, or folders whose .yaml and .yml files are checked")
    .option("--json", "print a list of {path, diagnostics} and nothing else")
    .option("--strict", "refuse what can only fail when it runs, such as an unknown filter in an expression")
    .addHelpText("after", VALIDATE_HELP)
    .action(async (paths, options) =>
      exit(await (await import("./commands/validate-paths.ts")).validatePaths(paths, options)),
    );
  withExamples(validate, "capstan validate hello.yaml flows/");
}

function addSchema(program: Command, exit: Exit): void {
  const schema = program
    .command("schema")
    .description("print the JSON Schema of flows, for completion and checks in editors")
    .action(async () => exit((await import("./commands/schema-print.ts")).schemaPrint()));
  withExamples(schema, "capstan schema > flow-schema.json");
}

function addFlow(program: Command, exit: Exit): void {
  const flow = program.command("flow").description("flows of a server");
  const list = flow
    .command("list")
    .description("list flows")
    .option("--namespace <name>", "only this namespace and those below it")
    .option("--json", "print JSON")
    .action(async (options) => exit(await (await import("./commands/flow-list.ts")).flowList(options)));
  onServer(list, "capstan flow list --namespace company.team");
  const get = flow
    .command("get")
    .description("print the source of a flow")
    .argument("<namespace>")
    .argument("<id>")
    .option("--revision <number>", "an earlier revision", wholeNumber(1))
    .action(async (namespace, id, options) =>
      exit(await (await import("./commands/flow-get.ts")).flowGet(namespace, id, options)),
    );
  onServer(get, "capstan flow get company.team hello --revision 2");
  const apply = flow
    .command("apply")
    .description("create or update flows from files")
    .argument("<path...>", "files or folders")
    .option("--dry-run", "say what would happen, and change nothing")
    .action(async (paths, options) => exit(await (await import("./commands/flow-apply.ts")).flowApply(paths, options)));
  onServer(apply, "capstan flow apply flows/ --dry-run", "capstan flow apply flows/");
  const diff = flow
    .command("diff")
    .description("compare files with the server; exit code 1 when they differ")
    .argument("<path...>", "files or folders")
    .action(async (paths, options) => exit(await (await import("./commands/flow-diff.ts")).flowDiff(paths, options)));
  onServer(diff, "capstan flow diff flows/");
  const remove = flow
    .command("delete")
    .description("delete a flow")
    .argument("<namespace>")
    .argument("<id>")
    .action(async (namespace, id, options) =>
      exit(await (await import("./commands/flow-delete.ts")).flowDelete(namespace, id, options)),
    );
  onServer(remove, "capstan flow delete company.team hello");
}

function addExecution(program: Command, exit: Exit): void {
  const execution = program.command("execution").description("executions of a server");
  addExecutionStart(execution, exit);
  addExecutionList(execution, exit);
  const get = execution
    .command("get")
    .description("show an execution with its task runs")
    .argument("<id>")
    .option("--json", "print JSON")
    .action(async (id, options) => exit(await (await import("./commands/execution-get.ts")).executionGet(id, options)));
  onServer(get, "capstan execution get 0353vQcbhK1Q97igAFzRC6 --json");
  const follow = execution
    .command("follow")
    .description("show an execution until it ends")
    .argument("<id>")
    .option("--json", "print the final execution as JSON and nothing else")
    .action(async (id, options) =>
      exit(await (await import("./commands/execution-follow.ts")).executionFollow(id, options)),
    );
  onServer(follow, "capstan execution follow 0353vQcbhK1Q97igAFzRC6");
  const kill = execution
    .command("kill")
    .description("kill an execution and its subflows")
    .argument("<id>")
    .action(async (id, options) =>
      exit(await (await import("./commands/execution-kill.ts")).executionKill(id, options)),
    );
  onServer(kill, "capstan execution kill 0353vQcbhK1Q97igAFzRC6");
  const restart = execution
    .command("restart")
    .description("run an execution's failed tasks again")
    .argument("<id>")
    .action(async (id, options) =>
      exit(await (await import("./commands/execution-restart.ts")).executionRestart(id, options)),
    );
  onServer(restart, "capstan execution restart 0353vQcbhK1Q97igAFzRC6");
  const resume = execution
    .command("resume")
    .description("let a paused execution go on")
    .argument("<id>")
    .option("-i, --input <id=value>", "an input that the pause asks for, repeatable", collect)
    .action(async (id, options) =>
      exit(await (await import("./commands/execution-resume.ts")).executionResume(id, options)),
    );
  onServer(resume, "capstan execution resume 0353vQcbhK1Q97igAFzRC6 --input approved=true");
  const logs = execution
    .command("logs")
    .description("print the log of an execution")
    .argument("<id>")
    .option("--level <level>", "the least level: TRACE, DEBUG, INFO, WARN or ERROR")
    .option("--json", "print JSON")
    .action(async (id, options) =>
      exit(await (await import("./commands/execution-logs.ts")).executionLogs(id, options)),
    );
  onServer(logs, "capstan execution logs 0353vQcbhK1Q97igAFzRC6 --level WARN");
}

function addExecutionStart(execution: Command, exit: Exit): void {
  const start = execution
    .command("start")
    .description("start a flow")
    .argument("<namespace>")
    .argument("<flow>")
    .option("-i, --input <id=value>", "an input, repeatable; id=@file uploads a file", collect)
    .option("-l, --label <key=value>", "a label of the execution, repeatable", collect)
    .option("--follow", "show it until it ends")
    .option("--json", "print the execution as JSON and nothing else, with --follow when it has ended")
    .action(async (namespace, flow, options) =>
      exit(await (await import("./commands/execution-start.ts")).executionStart(namespace, flow, options)),
    );
  onServer(start, "capstan execution start company.team hello --input name=Ada --follow");
}

function addExecutionList(execution: Command, exit: Exit): void {
  const list = execution
    .command("list")
    .description("list executions, newest first")
    .option("--namespace <name>", "only this namespace and those below it")
    .option("--flow <id>", "only this flow")
    .option("--state <state...>", "only these states")
    .option("-l, --label <key=value>", "only with this label, repeatable", collect)
    .option("--since <time>", "only those that started since, such as 2h or 2026-01-31")
    .option("--limit <number>", "how many", wholeNumber(1, 10_000), 20)
    .option("--json", "print JSON")
    .action(async (options) => exit(await (await import("./commands/execution-list.ts")).executionList(options)));
  onServer(list, "capstan execution list --flow hello --state FAILED KILLED --since 2h");
}

function addConfig(program: Command, exit: Exit): void {
  const config = program.command("config").description("the configuration");
  const explain = config
    .command("explain")
    .description("print every setting with its value, where it came from, and what it does")
    .option("--config <file>", "configuration file (YAML)")
    .option("--json", "print JSON")
    .action(async (options) => exit((await import("./commands/config-explain.ts")).configExplain(options)));
  withExamples(explain, "capstan config explain --config capstan.yaml");
}

/** A command that talks to a server: which one, and as whom. */
function onServer(command: Command, ...examples: readonly string[]): void {
  const where = "address of the server (or CAPSTAN_SERVER; default http://127.0.0.1:8080)";
  command
    .addOption(new Option("--server <url>", where).helpGroup("Server:"))
    .addOption(new Option("--user <name:password>", "basic authentication (or CAPSTAN_USER)").helpGroup("Server:"))
    .addOption(new Option("--token <token>", "a token of the server (or CAPSTAN_TOKEN)").helpGroup("Server:"));
  withExamples(command, ...examples);
}

function withExamples(command: Command, ...examples: readonly string[]): void {
  const title = examples.length === 1 ? "Example:" : "Examples:";
  command.addHelpText("after", `\n${title}\n${examples.map((example) => `  ${example}`).join("\n")}`);
}

function collect(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value];
}

/** Reads an option's whole number within its bounds. */
function wholeNumber(least: number, most = 999_999_999): (text: string) => number {
  const range = most < 999_999_999 ? `from ${least} to ${most}` : `of ${least} or more`;
  return (text) => {
    if (!/^\d{1,9}$/.test(text) || Number(text) < least || Number(text) > most)
      throw new InvalidArgumentError(`It must be a whole number ${range}.`);
    return Number(text);
  };
}
