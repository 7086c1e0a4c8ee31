import { Argument, type Command } from "commander";
import { collect, type Exit, onServer, withCommands, WRONG } from "./help.ts";
import { wholeNumber } from "./whole-number.ts";

const ID = ["<id>", "id of the execution, from capstan execution list"] as const;
const AN_ID = "0353vQcbhK1Q97igAFzRC6";
const ENDS = ["0 it ended in SUCCESS or WARNING", "1 in another state", WRONG];

/** The commands for the executions of a server. */
export function addExecution(program: Command, exit: Exit): void {
  const execution = program
    .command("execution")
    .description(
      "executions of a server: start, list, get, explain, history, follow, kill, restart, resume, review, logs, export, import",
    );
  withCommands(
    execution,
    "capstan execution start company.team hello --input name=Ada --follow",
    "capstan execution list",
  );
  addStart(execution, exit);
  addList(execution, exit);
  addGet(execution, exit);
  addExplain(execution, exit);
  addHistory(execution, exit);
  addFollow(execution, exit);
  addKill(execution, exit);
  addRestart(execution, exit);
  addResume(execution, exit);
  addReview(execution, exit);
  addLogs(execution, exit);
  addExport(execution, exit);
  addImport(execution, exit);
}

function addStart(execution: Command, exit: Exit): void {
  const start = execution
    .command("start")
    .description("start a flow and print the id of the execution")
    .argument("<namespace>", "namespace of the flow, such as company.team")
    .argument("<flow>", "id of the flow")
    .option("-i, --input <id=value>", "an input, repeatable; id=@file uploads a file", collect)
    .option("-l, --label <key=value>", "a label of the execution, repeatable", collect)
    .option("--idempotency-key <text>", "called again with the same text, it is the execution of the first time")
    .option("--follow", "show it until it ends, instead of its id")
    .option("--json", "print the execution as JSON and nothing else, with --follow when it has ended")
    .action(async (namespace, flow, options) =>
      exit(await (await import("../commands/execution-start.ts")).executionStart(namespace, flow, options)),
    );
  onServer(start, {
    exitCodes: [
      "0 it started, or with --follow ended in SUCCESS or WARNING",
      "1 it did not",
      "2 an input has mistakes",
    ],
    examples: [
      "capstan execution start company.team hello --input name=Ada --follow",
      "capstan execution start company.team hello --idempotency-key order-4711",
    ],
  });
}

function addList(execution: Command, exit: Exit): void {
  const list = execution
    .command("list")
    .description("list executions, newest first; without options those of all flows")
    .option("--namespace <name>", "only this namespace and those below it")
    .option("--flow <id>", "only this flow")
    .option("--state <state...>", "only these states, such as RUNNING, PAUSED, SUCCESS, WARNING, FAILED or KILLED")
    .option("-l, --label <key=value>", "only with this label, repeatable", collect)
    .option("--since <time>", "only those that started since, such as 2h or 2026-01-31")
    .option("--limit <number>", "how many", wholeNumber(1, 10_000), 20)
    .option("--json", "print JSON: {results, total}")
    .action(async (options) => exit(await (await import("../commands/execution-list.ts")).executionList(options)));
  onServer(list, {
    notes: ["All that is asked for must hold; of several states one does."],
    examples: ["capstan execution list --flow hello --state FAILED KILLED --since 2h"],
  });
}

function addGet(execution: Command, exit: Exit): void {
  const get = execution
    .command("get")
    .description("show an execution with its task runs, as it is now")
    .argument(...ID)
    .option("--json", "print JSON")
    .action(async (id, options) =>
      exit(await (await import("../commands/execution-get.ts")).executionGet(id, options)),
    );
  onServer(get, {
    exitCodes: ["0 done, whatever its state", "1 there is no such execution", WRONG],
    examples: [`capstan execution get ${AN_ID} --json`],
  });
}

function addExplain(execution: Command, exit: Exit): void {
  const explain = execution
    .command("explain")
    .description("say what an execution waits for, and why tasks were skipped, retried or failed")
    .argument(...ID)
    .option("--json", "print JSON")
    .action(async (id, options) =>
      exit(await (await import("../commands/execution-explain.ts")).executionExplain(id, options)),
    );
  onServer(explain, {
    notes: [
      "Shows what makes it go on, who holds the slot that it waits for, the conditions that",
      "decided with what they read, and who did what. Secrets are masked.",
    ],
    exitCodes: ["0 done, whatever its state", "1 there is no such execution", WRONG],
    examples: [`capstan execution explain ${AN_ID}`],
  });
}

function addHistory(execution: Command, exit: Exit): void {
  const history = execution
    .command("history")
    .description("list all that happened to an execution, oldest first: what, why, and by whom")
    .argument(...ID)
    .option("--limit <number>", "how many", wholeNumber(1, 10_000), 1_000)
    .option("--json", "print JSON: {results, total}")
    .action(async (id, options) =>
      exit(await (await import("../commands/execution-history.ts")).executionHistory(id, options)),
    );
  onServer(history, {
    exitCodes: ["0 done, whatever its state", "1 there is no such execution", WRONG],
    examples: [`capstan execution history ${AN_ID}`],
  });
}

function addFollow(execution: Command, exit: Exit): void {
  const follow = execution
    .command("follow")
    .description("show an execution until it ends; Ctrl-C leaves it running")
    .argument(...ID)
    .option("--json", "print the final execution as JSON and nothing else")
    .action(async (id, options) =>
      exit(await (await import("../commands/execution-follow.ts")).executionFollow(id, options)),
    );
  onServer(follow, { exitCodes: ENDS, examples: [`capstan execution follow ${AN_ID}`] });
}

function addKill(execution: Command, exit: Exit): void {
  const kill = execution
    .command("kill")
    .description("kill an execution that has not ended, and its subflows")
    .argument(...ID)
    .action(async (id, options) =>
      exit(await (await import("../commands/execution-kill.ts")).executionKill(id, options)),
    );
  onServer(kill, {
    exitCodes: ["0 it is being killed", "1 it has ended, or there is none", WRONG],
    examples: [`capstan execution kill ${AN_ID}`],
  });
}

function addRestart(execution: Command, exit: Exit): void {
  const restart = execution
    .command("restart")
    .description("run the failed tasks of an execution that has ended again, and what follows them")
    .argument(...ID)
    .action(async (id, options) =>
      exit(await (await import("../commands/execution-restart.ts")).executionRestart(id, options)),
    );
  onServer(restart, {
    exitCodes: ["0 it goes on", "1 it has not ended, or there is none", WRONG],
    examples: [`capstan execution restart ${AN_ID}`],
  });
}

function addResume(execution: Command, exit: Exit): void {
  const resume = execution
    .command("resume")
    .description("let a paused execution go on")
    .argument(...ID)
    .option("-i, --input <id=value>", "an input that the pause asks for, repeatable; id=@file reads a file", collect)
    .action(async (id, options) =>
      exit(await (await import("../commands/execution-resume.ts")).executionResume(id, options)),
    );
  onServer(resume, {
    exitCodes: ["0 it goes on", "1 it is not paused, or there is none", "2 an input has mistakes"],
    examples: [`capstan execution resume ${AN_ID} --input approved=true`],
  });
}

function addReview(execution: Command, exit: Exit): void {
  const review = execution
    .command("review")
    .description("approve or deny what an execution waits for")
    .argument(...ID)
    .addArgument(new Argument("<decision>", "what you decide").choices(["approve", "deny"]))
    .option("-i, --input <id=value>", "an input that the approval asks for, repeatable; id=@file reads a file", collect)
    .option("-m, --comment <text>", "why")
    .option("--task-run <id>", "the task run that waits; needed when several do")
    .action(async (id, decision, options) =>
      exit(await (await import("../commands/execution-review.ts")).executionReview(id, decision, options)),
    );
  onServer(review, {
    exitCodes: ["0 it goes on", "1 nothing waits for a review, or there is none", "2 the review has mistakes"],
    examples: [`capstan execution review ${AN_ID} deny --comment "not on a Friday"`],
  });
}

function addLogs(execution: Command, exit: Exit): void {
  const logs = execution
    .command("logs")
    .description("print the log of an execution, oldest line first")
    .argument(...ID)
    .option("--level <level>", "the least level: TRACE, DEBUG, INFO, WARN or ERROR; all by default")
    .option("--json", "print JSON")
    .action(async (id, options) =>
      exit(await (await import("../commands/execution-logs.ts")).executionLogs(id, options)),
    );
  onServer(logs, {
    exitCodes: ["0 done", "1 there is no such execution", WRONG],
    examples: [`capstan execution logs ${AN_ID} --level WARN`],
  });
}

function addExport(execution: Command, exit: Exit): void {
  const command = execution
    .command("export")
    .description("write an execution that has ended to a zip file, with its log, metrics, files and flow")
    .argument(...ID)
    .option("-o, --output <file>", "the file, which must not be there yet; - for stdout; <id>.zip by default")
    .action(async (id, options) =>
      exit(await (await import("../commands/execution-export.ts")).executionExport(id, options)),
    );
  onServer(command, {
    exitCodes: ["0 it is written", "1 it has not ended, there is none, or the file can't be written", WRONG],
    examples: [`capstan execution export ${AN_ID} --output failure.zip`],
  });
}

function addImport(execution: Command, exit: Exit): void {
  const command = execution
    .command("import")
    .description("store an exported execution at a server, under the id that it has, and print the id")
    .argument("<file>", "a zip file of capstan execution export")
    .action(async (file, options) =>
      exit(await (await import("../commands/execution-import.ts")).executionImport(file, options)),
    );
  onServer(command, {
    notes: ["It keeps its history and gets the label system.imported. What is different there is told on stderr."],
    exitCodes: ["0 it is stored", "1 there is one with this id", "2 the file can't be read, or holds none"],
    examples: ["capstan execution import failure.zip --server https://flows.example.org"],
  });
}
