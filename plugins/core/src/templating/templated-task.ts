import { describeType, text } from "@capstan/sdk";
import { z } from "zod";

/**
 * Described here, carried out by the worker: only it can read YAML, find another type and run it. `properties.spec` is already
 * rendered when the worker gets it.
 */
export const templatedTask = describeType({
  type: "io.kestra.plugin.core.templating.TemplatedTask",
  aliases: ["io.kestra.core.tasks.templating.TemplatedTask"],
  element: "task",
  title: "Run a task that is written by an expression",
  description:
    "The rendered text is the YAML of one runnable task (not of another TemplatedTask); its outputs are this task's.",
  properties: () => z.object({ spec: text().describe("YAML of the task to run.") }),
  examples: [
    {
      title: "Choose the type of a task at run time",
      code:
        "id: templated\ntype: io.kestra.plugin.core.templating.TemplatedTask\nspec: |\n" +
        "  type: io.kestra.plugin.core.http.Download\n  uri: {{ inputs.uri }}\n",
    },
  ],
});
