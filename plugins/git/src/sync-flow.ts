import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { defineTask, dynamic, placeInside, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "./connection.ts";
import { withNamespace } from "./flow-source.ts";
import { openRepositoryFolder } from "./repository-folder.ts";

const TYPE = "io.kestra.plugin.git.SyncFlow";

/** Takes one flow over from a branch. */
export const syncFlow = defineTask({
  type: TYPE,
  title: "Take one flow over from a Git branch",
  properties: () =>
    z.object({
      ...connectionProperties(),
      branch: text().default("main").describe("Branch to read."),
      flowPath: text().describe("Path of the flow in the repository."),
      targetNamespace: text().describe("Namespace of the flow here, whatever it says itself."),
      dryRun: dynamic(z.boolean()).default(false).describe("Whether it is only told what would come of it."),
    }),
  outputs: () =>
    z.object({
      flowId: z.string().describe("Id of the flow."),
      namespace: z.string().describe("Its namespace."),
      revision: z.int().describe("Its revision."),
    }),
  examples: [
    {
      title: "One flow of a repository",
      code: `id: sync\ntype: ${TYPE}\nurl: https://github.com/example/flows\nflowPath: _flows/nightly.yml\ntargetNamespace: company.team\n`,
    },
  ],
  async run(context) {
    const { branch, flowPath, targetNamespace, dryRun } = context.properties;
    await using repository = await openRepositoryFolder(context, { branch, directory: dirname(flowPath) });
    const name = basename(flowPath);
    if (!(await repository.files()).includes(name))
      throw new TaskFailure(`The branch ${branch} has no file ${flowPath}.`);
    const source = await readFile(placeInside(repository.folder, name), "utf8");
    const saved = await context.services.flows.save(withNamespace(source, targetNamespace, flowPath), { dryRun });
    context.log.info(`${saved.namespace}.${saved.id}: ${saved.change.toLowerCase()}`);
    return { flowId: saved.id, namespace: saved.namespace, revision: saved.revision };
  },
});
