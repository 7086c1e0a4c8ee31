import { type Command, Option } from "commander";
import { type Exit, withCommands, withHelp, WRONG } from "./help.ts";

const KINDS = ["task", "trigger", "condition", "taskRunner", "other"];

/** The commands for the types that are installed. */
export function addPlugin(program: Command, exit: Exit): void {
  const plugin = program.command("plugin").description("the types that flows may name here: list, doc, install");
  withCommands(plugin, "capstan plugin list slack", "capstan plugin doc slack.notifications.SlackIncomingWebhook");
  const list = plugin
    .command("list")
    .description("list every task, trigger, condition and task runner that is installed")
    .argument("[text]", "only those with this text in their name, an older name or their title")
    .addOption(new Option("--kind <kind>", "only those of this kind").choices(KINDS))
    .option("--json", "print a list of {type, aliases, kind, title, deprecated, source}")
    .option("--config <file>", "configuration file (YAML), for plugins that it adds; none by default")
    .action(async (text, options) =>
      exit(await (await import("../commands/plugin-list.ts")).pluginList(text, options)),
    );
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
    .option("--config <file>", "configuration file (YAML), for plugins that it adds; none by default")
    .action(async (type, options) => exit(await (await import("../commands/plugin-doc.ts")).pluginDoc(type, options)));
  withHelp(doc, {
    exitCodes: ["0 done", "1 there is none of this name", WRONG],
    examples: ["capstan plugin doc core.http.Request"],
  });
  const install = plugin
    .command("install")
    .description("install plugins that are packages of npm, and show the types that they bring")
    .argument(
      "[package...]",
      "packages, each in one version: @acme/capstan-plugin@1.2.3; those of plugins.packages by default",
    )
    .option("--config <file>", "configuration file (YAML); none by default")
    .action(async (packages, options) =>
      exit(await (await import("../commands/plugin-install.ts")).pluginInstall(packages, options)),
    );
  withHelp(install, {
    notes: [
      "The settings plugins.allow or plugins.packages must name a package. Its scripts",
      "don't run. It lies in plugins.folder, whose package-lock.json pins its contents.",
    ],
    exitCodes: ["0 done", "1 npm can't install it, or it is no plugin", WRONG],
    examples: ["capstan plugin install --config capstan.yaml", "capstan plugin install @acme/capstan-plugin@1.2.3"],
  });
}
