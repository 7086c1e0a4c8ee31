import { type Command, Option } from "commander";
import { type Exit, withCommands, withHelp, WRONG } from "./help.ts";

const KINDS = ["task", "trigger", "condition", "taskRunner", "other"];

/** The commands for the types that are installed. */
export function addPlugin(program: Command, exit: Exit): void {
  const plugin = program.command("plugin").description("the types that flows may name here: list, doc");
  withCommands(plugin, "capstan plugin list slack", "capstan plugin doc slack.notifications.SlackIncomingWebhook");
  const list = plugin
    .command("list")
    .description("list every task, trigger, condition and task runner that is installed")
    .argument("[text]", "only those with this text in their name, an older name or their title")
    .addOption(new Option("--kind <kind>", "only those of this kind").choices(KINDS))
    .option("--json", "print a list of {type, aliases, kind, title, deprecated, source}")
    .action(async (text, options) => exit((await import("../commands/plugin-list.ts")).pluginList(text, options)));
  withHelp(list, {
    notes: ["Names are without io.kestra.plugin, which flows may leave out; --json has them whole."],
    exitCodes: ["0 done", "1 there is none", WRONG],
    examples: ["capstan plugin list", "capstan plugin list --kind trigger", "capstan plugin list s3 --json"],
  });
  const doc = plugin
    .command("doc")
    .description("print what a type is for, with its properties, outputs and examples")
    .argument("<type>", "its name, whole, without io.kestra.plugin, or an older one")
    .option("--json", "print JSON")
    .action(async (type, options) => exit((await import("../commands/plugin-doc.ts")).pluginDoc(type, options)));
  withHelp(doc, {
    exitCodes: ["0 done", "1 there is none of this name", WRONG],
    examples: ["capstan plugin doc core.http.Request"],
  });
}
