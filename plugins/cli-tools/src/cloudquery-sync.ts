import { defineTask, dynamic, TaskFailure } from "@capstan/sdk";
import { commandOutputs, commandProperties, quoted } from "@capstan/sdk/commands";
import { z } from "zod";
import { runTool } from "./tool-task.ts";

const TYPE = "io.kestra.plugin.cloudquery.Sync";

/** Runs a sync of CloudQuery with the configurations that the task writes. */
export const cloudQuerySync = defineTask({
  type: TYPE,
  title: "Sync with CloudQuery",
  properties: () =>
    z.object({
      ...commandProperties(),
      configs: dynamic(z.array(z.unknown())).describe(
        "Configurations of sources and destinations: each a map, or the name of a file in the working folder.",
      ),
      incremental: dynamic(z.boolean())
        .default(false)
        .meta({ deprecated: true, description: "Has no effect: give CloudQuery a `backend_options` of its own." }),
      logConsole: dynamic(z.boolean()).default(true).describe("Whether CloudQuery logs to the task's log."),
    }),
  outputs: commandOutputs,
  examples: [
    {
      title: "Copy data of Hacker News into a file",
      code: `id: sync\ntype: ${TYPE}\nconfigs:\n  - kind: source\n    spec:\n      name: hackernews\n      path: cloudquery/hackernews\n      version: v3.0.13\n      tables: ["*"]\n      destinations: [file]\n  - kind: destination\n    spec:\n      name: file\n      path: cloudquery/file\n      version: v3.4.8\n      spec: { path: "out/{{ '{{TABLE}}' }}.csv", format: csv }\n`,
    },
  ],
  async run(context) {
    const { stringify } = await import("yaml");
    const { configs, logConsole } = context.properties;
    if (configs.length === 0) throw new TaskFailure("There is nothing to sync: `configs` is empty.");
    const named = configs.map((config, index) => (typeof config === "string" ? config : `config-${index}.yml`));
    const files = configs.flatMap((config, index) =>
      typeof config === "string" ? [] : [[named[index]!, stringify(config)] as const],
    );
    const command = ["cloudquery sync", ...named.map(quoted), ...(logConsole ? ["--log-console"] : [])];
    return runTool(
      {
        type: TYPE,
        title: "",
        image: "ghcr.io/cloudquery/cloudquery:latest-ubuntu",
        example: "",
        prepare: () => ({ files: Object.fromEntries(files), lines: [command.join(" ")] }),
      },
      context,
    );
  },
});
