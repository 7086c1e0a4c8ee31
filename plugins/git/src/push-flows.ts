import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { defineTask, dynamic, type FlowSource, listOrText, placeInside, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "./connection.ts";
import { isFlowFile, withNamespace } from "./flow-source.ts";
import { openForPush, pushChanges, pushOutputs, pushProperties, removeFiles } from "./push-changes.ts";
import type { RepositoryFolder } from "./repository-folder.ts";
import { isSelected } from "./selection.ts";

const TYPE = "io.kestra.plugin.git.PushFlows";

/** Makes the flows in a branch those of a namespace. */
export const pushFlows = defineTask({
  type: TYPE,
  title: "Push flows to a Git branch",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...pushProperties(),
      gitDirectory: text().default("_flows").describe("Folder of the flows in the repository."),
      sourceNamespace: text().optional().describe("Namespace of the flows. Default: that of this flow."),
      targetNamespace: text().optional().describe("Namespace that they have in the repository. Default: the same."),
      flows: listOrText().optional().describe("Globs of the ids of flows to push. Default: all."),
      includeChildNamespaces: dynamic(z.boolean())
        .default(false)
        .describe("Whether those of namespaces below are pushed too, to folders of their names."),
    }),
  outputs: () =>
    z.object({
      ...pushOutputs(),
      flows: z
        .string()
        .describe("File with a line for each file that changed: `file`, `additions`, `deletions`, `changes`."),
    }),
  examples: [
    {
      title: "Keep what was written in the editor",
      code:
        `id: push\ntype: ${TYPE}\nurl: https://github.com/example/flows\nbranch: develop\nusername: example\n` +
        `password: "{{ secret('GITHUB_TOKEN') }}"\nsourceNamespace: company.team\ncommitMessage: "Flows of {{ execution.startDate | date('yyyy-MM-dd') }}"\n`,
    },
  ],
  async run(context) {
    const { properties, services, identity } = context;
    const { gitDirectory, sourceNamespace = identity.namespace, targetNamespace = sourceNamespace } = properties;
    const all = await services.flows.list(sourceNamespace, { children: properties.includeChildNamespaces });
    await using repository = await openForPush(context, gitDirectory);
    const before = (await repository.files()).filter(isFlowFile);
    const paths = new Map(all.map((flow) => [flow, pathOf(flow, sourceNamespace, before)]));
    for (const [flow, path] of paths) {
      if (!isSelected(flow.id, properties.flows)) continue;
      const namespace = targetNamespace + flow.namespace.slice(sourceNamespace.length);
      await write(repository, path, withNamespace(flow.source, namespace, path));
    }
    if (properties.delete) {
      const known = new Set(paths.values());
      const isOurs = (path: string) => properties.includeChildNamespaces || !path.includes("/");
      await removeFiles(
        repository,
        before.filter((path) => isOurs(path) && !known.has(path)),
      );
    }
    const { diff, ...commit } = await pushChanges(context, repository, "flows");
    return { ...commit, flows: diff };
  },
});

/** Its file, which may have either extension already. */
function pathOf({ namespace, id }: FlowSource, sourceNamespace: string, before: readonly string[]): string {
  const folders = namespace
    .slice(sourceNamespace.length)
    .split(".")
    .filter((part) => part !== "");
  const path = [...folders, id].join("/");
  return before.find((one) => one === `${path}.yaml`) ?? `${path}.yml`;
}

async function write({ folder }: RepositoryFolder, path: string, content: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(placeInside(folder, path), content);
}
