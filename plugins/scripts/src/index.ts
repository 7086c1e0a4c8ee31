import { definePlugin } from "@capstan/sdk";
import { LANGUAGES } from "./languages.ts";
import { legacyTasks } from "./legacy.ts";
import { commandsTask, scriptTask } from "./script-task.ts";
import { commandsTrigger, scriptTrigger } from "./script-trigger.ts";

export default definePlugin({
  name: "scripts",
  title: "Scripts",
  category: "Scripts",
  definitions: [
    ...LANGUAGES.flatMap((language) => [
      scriptTask(language),
      commandsTask(language),
      scriptTrigger(language),
      commandsTrigger(language),
    ]),
    ...legacyTasks,
  ],
  testedWith: [
    { types: "io.kestra", kind: "stand-in", what: "nothing beyond what shell and Python scripts share with it" },
    { types: "io.kestra.core.tasks.scripts", kind: "real", what: "the shell, Python and Node" },
    { types: "io.kestra.plugin.scripts.shell", kind: "real", what: "the shell" },
    { types: "io.kestra.plugin.scripts.perl", kind: "real", what: "Perl" },
    { types: "io.kestra.plugin.scripts.python", kind: "real", what: "Python with pip and venv" },
    { types: "io.kestra.plugin.scripts.node", kind: "real", what: "Node" },
    { types: "io.kestra.plugin.scripts.powershell", kind: "stand-in", what: "a program that tells how it was called" },
    ...["go", "ruby", "php", "lua", "bun", "deno", "julia", "r"].map((language) => ({
      types: `io.kestra.plugin.scripts.${language}`,
      kind: "stand-in" as const,
      what: "nothing, but its interpreter where the machine of the tests happens to have it",
    })),
  ],
});
