import type { Command } from "commander";
import { type Exit, onServer, withCommands } from "./help.ts";
import { wholeNumber } from "./whole-number.ts";

/** The commands for what waits behind limits. */
export function addQueue(program: Command, exit: Exit): void {
  const queue = program.command("queue").description("what runs and what waits behind limits and quotas: list");
  withCommands(queue, "capstan queue list --waiting");
  const list = queue
    .command("list")
    .description("list the limits at work: who has a place, who waits, and for how long")
    .option("-n, --namespace <namespace>", "only limits of this namespace and of those below it")
    .option("--flow <id>", "only limits of flows with this id")
    .option("--waiting", "only limits that something waits for")
    .option("--limit <number>", "how many are listed at most", wholeNumber(1, 10_000), 50)
    .option("--json", "print JSON")
    .action(async (options) => exit(await (await import("../commands/queue-list.ts")).queueList(options)));
  onServer(list, {
    notes: [
      "Shows concurrency limits, quotas and limits of tasks of a type, those first that most wait",
      "for. What one execution waits for is told by capstan execution explain.",
    ],
    examples: ["capstan queue list", "capstan queue list --waiting --namespace company.team"],
  });
}
