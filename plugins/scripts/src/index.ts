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
});
