import type { Command } from "commander";
import { collect, type Exit, onServer, withHelp, WRONG } from "./help.ts";
import { wholeNumber } from "./whole-number.ts";

/** The worker in a process of its own, and what servers know of such workers. */
export function addWorker(program: Command, exit: Exit): void {
  const worker = program
    .command("worker")
    .enablePositionalOptions()
    .description("run tasks for a server, from another machine; or list such workers")
    .option("--server <url>", "address of the server, or of what stands before several")
    .option("--token <token>", "one of workers.tokens of the server; better in CAPSTAN_WORKER_TOKEN")
    .option("--group <name>", "take jobs of this group, repeatable; all groups of the token by default", collect)
    .option("--name <text>", "what people call it; its host and process by default")
    .option("--concurrency <number>", "jobs at the same time; 128 by default", wholeNumber(1, 10_000))
    .option("--grace <duration>", "how long jobs may go on when it stops, such as PT10M; PT30S by default")
    .option("--config <file>", "configuration file (YAML); none by default")
    .action(async (options) => exit(await (await import("../commands/worker-start.ts")).workerStart(options)));
  withHelp(worker, {
    notes: [
      "It needs no database and no open port: it calls the server. An option goes before its",
      "variable (CAPSTAN_WORKER_SERVER, CAPSTAN_WORKER_TOKEN, …), and that before the file.",
      "It runs until Ctrl-C or SIGTERM, then lets running jobs end and gives back the rest.",
    ],
    exitCodes: ["0 it was told to stop", "1 the server does not take it", WRONG],
    examples: [
      "capstan worker --server https://capstan.example.org --group gpu",
      "capstan worker --config worker.yaml",
    ],
  });
  const list = worker
    .command("list")
    .description("list the workers of other processes that a server knows")
    .option("--json", "print JSON")
    .action(async (options) => exit(await (await import("../commands/worker-list.ts")).workerList(options)));
  onServer(list, { examples: ["capstan worker list"] });
}
