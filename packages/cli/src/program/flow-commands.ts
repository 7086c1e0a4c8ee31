import type { Command } from "commander";
import { type Exit, onServer, withCommands, WRONG } from "./help.ts";
import { wholeNumber } from "./whole-number.ts";

const NAMESPACE = ["<namespace>", "namespace of the flow, such as company.team"] as const;
const ID = ["<id>", "id of the flow"] as const;

/** The commands for the flows of a server. */
export function addFlow(program: Command, exit: Exit): void {
  const flow = program.command("flow").description("flows of a server: list, get, apply, diff, delete");
  withCommands(flow, "capstan flow list", "capstan flow apply flows/");
  addList(flow, exit);
  addGet(flow, exit);
  addApply(flow, exit);
  addDiff(flow, exit);
  addDelete(flow, exit);
}

function addList(flow: Command, exit: Exit): void {
  const list = flow
    .command("list")
    .description("list flows, the first thousand at most")
    .option("--namespace <name>", "only this namespace and those below it; all by default")
    .option("--json", "print JSON")
    .action(async (options) => exit(await (await import("../commands/flow-list.ts")).flowList(options)));
  onServer(list, { examples: ["capstan flow list --namespace company.team"] });
}

function addGet(flow: Command, exit: Exit): void {
  const get = flow
    .command("get")
    .description("print the source of a flow, as it was stored")
    .argument(...NAMESPACE)
    .argument(...ID)
    .option("--revision <number>", "an earlier revision; the latest by default", wholeNumber(1))
    .action(async (namespace, id, options) =>
      exit(await (await import("../commands/flow-get.ts")).flowGet(namespace, id, options)),
    );
  onServer(get, {
    exitCodes: ["0 done", "1 there is no such flow or revision", WRONG],
    examples: ["capstan flow get company.team hello --revision 2 > hello.yaml"],
  });
}

function addApply(flow: Command, exit: Exit): void {
  const apply = flow
    .command("apply")
    .description("create or update flows from files")
    .argument("<path...>", "files, or folders whose .yaml and .yml files are applied")
    .option("--dry-run", "say what would happen, and change nothing")
    .action(async (paths, options) =>
      exit(await (await import("../commands/flow-apply.ts")).flowApply(paths, options)),
    );
  onServer(apply, {
    notes: [
      "Each flow is applied by itself: a file that can't be read, or that the server",
      "refuses, is told, and the others are applied all the same. Nothing is applied",
      "when a path is not there, or when two files hold one flow. Flows of the server",
      "that no file holds stay.",
    ],
    exitCodes: ["0 all were applied", "1 some were refused or could not be read", WRONG],
    examples: ["capstan flow apply flows/ --dry-run", "capstan flow apply flows/"],
  });
}

function addDiff(flow: Command, exit: Exit): void {
  const diff = flow
    .command("diff")
    .description("compare files with the server: what flow apply would change, line by line")
    .argument("<path...>", "files, or folders whose .yaml and .yml files are compared")
    .action(async (paths, options) => exit(await (await import("../commands/flow-diff.ts")).flowDiff(paths, options)));
  onServer(diff, {
    exitCodes: ["0 all are alike", "1 they differ, or one can't be read", WRONG],
    examples: ["capstan flow diff flows/"],
  });
}

function addDelete(flow: Command, exit: Exit): void {
  const remove = flow
    .command("delete")
    .description("delete a flow; its executions and its earlier revisions stay")
    .argument(...NAMESPACE)
    .argument(...ID)
    .action(async (namespace, id, options) =>
      exit(await (await import("../commands/flow-delete.ts")).flowDelete(namespace, id, options)),
    );
  onServer(remove, {
    exitCodes: ["0 done", "1 there is no such flow", WRONG],
    examples: ["capstan flow delete company.team hello"],
  });
}
