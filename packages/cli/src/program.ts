import { Command, InvalidArgumentError } from "commander";

/** Commands load their code when they run, so that `--help` stays quick. */
type Exit = (exitCode: number) => void;

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
  addFlow(program, exit);
  addExecution(program, exit);
  addConfig(program, exit);
  return program;
}

function addServer(program: Command, exit: Exit): void {
  program
    .command("server")
    .description("start a server with its store, scheduler and worker in one process")
    .option("--host <address>", "address to listen on")
    .option("--port <number>", "port to listen on", wholeNumber)
    .option("--data <folder>", "folder of the database and of the files")
    .option("--config <file>", "configuration file (YAML)")
    .option("--flows <folder>", "flows to load at the start")
    .action(async (options) => exit(await (await import("./commands/server-start.ts")).serverStart(options)));
}

function addRun(program: Command, exit: Exit): void {
  program
    .command("run")
    .description("run a flow in a throwaway instance; further files are its subflows")
    .argument("<flow...>", "flow files; the first one is run")
    .option("-i, --input <id=value>", "an input; id=@file reads a file", collect, [])
    .option("-l, --label <key=value>", "a label of the execution", collect, [])
    .option("--json", "print the final execution as JSON and nothing else")
    .option("--timeout <duration>", "kill the execution after it, such as 30s, 5m or PT1H")
    .option("--config <file>", "configuration file (YAML)")
    .action(async (files, options) => exit(await (await import("./commands/run-flow.ts")).runFlow(files, options)));
}

function addValidate(program: Command, exit: Exit): void {
  program
    .command("validate")
    .description("check flows and show every mistake with its place")
    .argument("<path...>", "files or folders")
    .option("--json", "print the mistakes as JSON")
    .action(async (paths, options) =>
      exit(await (await import("./commands/validate-paths.ts")).validatePaths(paths, options)),
    );
}

function addFlow(program: Command, exit: Exit): void {
  const flow = program.command("flow").description("flows of a server");
  connected(flow.command("list").description("list flows"))
    .option("--namespace <name>", "only this namespace and those below it")
    .option("--json", "print JSON")
    .action(async (options) => exit(await (await import("./commands/flow-list.ts")).flowList(options)));
  connected(flow.command("get").description("print the source of a flow"))
    .argument("<namespace>")
    .argument("<id>")
    .option("--revision <number>", "an earlier revision", wholeNumber)
    .action(async (namespace, id, options) =>
      exit(await (await import("./commands/flow-get.ts")).flowGet(namespace, id, options)),
    );
  connected(flow.command("apply").description("create or update flows from files"))
    .argument("<path...>")
    .action(async (paths, options) => exit(await (await import("./commands/flow-apply.ts")).flowApply(paths, options)));
  connected(flow.command("diff").description("compare files with the server; exit code 1 when they differ"))
    .argument("<path...>")
    .action(async (paths, options) => exit(await (await import("./commands/flow-diff.ts")).flowDiff(paths, options)));
  connected(flow.command("delete").description("delete a flow"))
    .argument("<namespace>")
    .argument("<id>")
    .action(async (namespace, id, options) =>
      exit(await (await import("./commands/flow-delete.ts")).flowDelete(namespace, id, options)),
    );
}

function addExecution(program: Command, exit: Exit): void {
  const execution = program.command("execution").description("executions of a server");
  connected(execution.command("start").description("start a flow"))
    .argument("<namespace>")
    .argument("<flow>")
    .option("-i, --input <id=value>", "an input; id=@file uploads a file", collect, [])
    .option("-l, --label <key=value>", "a label of the execution", collect, [])
    .option("--follow", "show it until it ends")
    .option("--json", "print the execution as JSON")
    .action(async (namespace, flow, options) =>
      exit(await (await import("./commands/execution-start.ts")).executionStart(namespace, flow, options)),
    );
  connected(execution.command("list").description("list executions, newest first"))
    .option("--namespace <name>", "only this namespace and those below it")
    .option("--flow <id>", "only this flow")
    .option("--state <state...>", "only these states")
    .option("--limit <number>", "how many", wholeNumber, 20)
    .option("--json", "print JSON")
    .action(async (options) => exit(await (await import("./commands/execution-list.ts")).executionList(options)));
  connected(execution.command("get").description("show an execution with its task runs"))
    .argument("<id>")
    .option("--json", "print JSON")
    .action(async (id, options) => exit(await (await import("./commands/execution-get.ts")).executionGet(id, options)));
  connected(execution.command("follow").description("show an execution until it ends"))
    .argument("<id>")
    .action(async (id, options) =>
      exit(await (await import("./commands/execution-follow.ts")).executionFollow(id, options)),
    );
  connected(execution.command("kill").description("kill an execution and its subflows"))
    .argument("<id>")
    .action(async (id, options) =>
      exit(await (await import("./commands/execution-kill.ts")).executionKill(id, options)),
    );
  connected(execution.command("restart").description("run an execution's failed tasks again"))
    .argument("<id>")
    .action(async (id, options) =>
      exit(await (await import("./commands/execution-restart.ts")).executionRestart(id, options)),
    );
  connected(execution.command("logs").description("print the log of an execution"))
    .argument("<id>")
    .option("--level <level>", "the least level: TRACE, DEBUG, INFO, WARN or ERROR")
    .option("--json", "print JSON")
    .action(async (id, options) =>
      exit(await (await import("./commands/execution-logs.ts")).executionLogs(id, options)),
    );
}

function addConfig(program: Command, exit: Exit): void {
  program
    .command("config")
    .description("the configuration")
    .command("explain")
    .description("print every setting with its value, where it came from, and what it does")
    .option("--config <file>", "configuration file (YAML)")
    .option("--json", "print JSON")
    .action(async (options) => exit((await import("./commands/config-explain.ts")).configExplain(options)));
}

function connected(command: Command): Command {
  return command
    .option("--server <url>", "address of the server (or CAPSTAN_SERVER; default http://127.0.0.1:8080)")
    .option("--user <name:password>", "basic authentication (or CAPSTAN_USER)");
}

function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
