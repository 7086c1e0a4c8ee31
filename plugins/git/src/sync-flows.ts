import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { defineTask, dynamic, type SavedFlowSource, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionProperties } from "./connection.ts";
import { isFlowFile, namespaceAt, withNamespace } from "./flow-source.ts";
import { openRepositoryFolder, refuseMissing, type RepositoryFolder } from "./repository-folder.ts";
import { storeReport, type Synced } from "./sync-report.ts";

const TYPE = "io.kestra.plugin.git.SyncFlows";

const properties = () =>
  z.object({
    ...connectionProperties(),
    branch: text().default("main").describe("Branch to read."),
    gitDirectory: text().default("_flows").describe("Folder of the flows in the repository."),
    targetNamespace: text().describe("Namespace of the flows here, whatever they say themselves."),
    includeChildNamespaces: dynamic(z.boolean())
      .default(false)
      .describe("Whether folders below stand for namespaces below: `a/flow.yml` is a flow of `<targetNamespace>.a`."),
    delete: dynamic(z.boolean())
      .default(false)
      .describe("Whether flows that are not in the repository are deleted here. The flow that runs this never is."),
    ignoreInvalidFlows: dynamic(z.boolean())
      .default(false)
      .describe(
        "Whether flows with mistakes are left out; otherwise one of them stops all, before anything is changed.",
      ),
    failOnMissingDirectory: dynamic(z.boolean()).default(true).describe("Whether a missing folder fails the task."),
    dryRun: dynamic(z.boolean()).default(false).describe("Whether it is only told what would be changed."),
  });

type Context = TaskContext<z.output<ReturnType<typeof properties>>>;

/** Makes the flows of a namespace those of a branch. */
export const syncFlows = defineTask({
  type: TYPE,
  title: "Take flows over from a Git branch",
  properties,
  outputs: () =>
    z.object({
      flows: z
        .string()
        .describe("File with a line for each flow: `flowId`, `namespace`, `revision`, `gitPath`, `syncState`."),
    }),
  examples: [
    {
      title: "Make a branch the source of truth",
      code:
        `id: sync\ntype: ${TYPE}\nurl: https://github.com/example/flows\nbranch: main\nusername: example\n` +
        `password: "{{ secret('GITHUB_TOKEN') }}"\ntargetNamespace: company.team\nincludeChildNamespaces: true\ndelete: true\n`,
    },
  ],
  async run(context) {
    const { branch, gitDirectory, failOnMissingDirectory, dryRun } = context.properties;
    await using repository = await openRepositoryFolder(context, { branch, directory: gitDirectory });
    if (failOnMissingDirectory) await refuseMissing(repository, gitDirectory);
    const sources = await sourcesIn(repository, context);
    const checked = await checkAll(sources, context);
    const saved: Synced[] = [];
    for (const { path, source, foreseen } of checked) {
      const done = dryRun ? foreseen : await context.services.flows.save(source);
      saved.push(rowOf(done, repository.gitPath(path)));
    }
    const removed = await removeOthers(checked, context);
    return { flows: await storeReport("flows", [...saved, ...removed], context, dryRun) };
  },
});

interface Source {
  readonly path: string;
  readonly source: string;
}
interface CheckedSource extends Source {
  readonly foreseen: SavedFlowSource;
}

async function sourcesIn({ folder, files }: RepositoryFolder, { properties }: Context): Promise<readonly Source[]> {
  const { targetNamespace, includeChildNamespaces } = properties;
  const paths = (await files()).filter((path) => isFlowFile(path) && (includeChildNamespaces || !path.includes("/")));
  const sources = paths.map(async (path) => {
    const source = await readFile(join(folder, path), "utf8");
    return { path, source: withNamespace(source, namespaceAt(targetNamespace, path), path) };
  });
  return Promise.all(sources);
}

/** Throws `TaskFailure` with the mistakes of all flows, unless those that have any may be left out. */
async function checkAll(
  sources: readonly Source[],
  { properties, services, log }: Context,
): Promise<readonly CheckedSource[]> {
  const checked: CheckedSource[] = [];
  const mistakes: string[] = [];
  const places = new Map<string, string>();
  for (const { path, source } of sources) {
    try {
      const foreseen = await services.flows.save(source, { dryRun: true });
      const key = `${foreseen.namespace}.${foreseen.id}`;
      const other = places.get(key);
      if (other !== undefined) throw new TaskFailure(`it is the flow ${key}, which ${other} is too`);
      places.set(key, path);
      checked.push({ path, source, foreseen });
    } catch (error) {
      if (!(error instanceof TaskFailure)) throw error;
      mistakes.push(`${path}: ${error.message}`);
    }
  }
  if (mistakes.length === 0) return checked;
  if (!properties.ignoreInvalidFlows)
    throw new TaskFailure(
      `Nothing was changed, since some flows have mistakes. Repair them, or set \`ignoreInvalidFlows: true\`.\n${mistakes.join("\n")}`,
    );
  for (const mistake of mistakes) log.warn(`left out ${mistake}`);
  return checked;
}

async function removeOthers(kept: readonly CheckedSource[], context: Context): Promise<readonly Synced[]> {
  const { targetNamespace, includeChildNamespaces, delete: deletes, dryRun } = context.properties;
  if (!deletes) return [];
  const { identity, services } = context;
  const keys = new Set(kept.map(({ foreseen }) => `${foreseen.namespace}.${foreseen.id}`));
  keys.add(`${identity.namespace}.${identity.flowId}`);
  const all = await services.flows.list(targetNamespace, { children: includeChildNamespaces });
  const others = all.filter(({ namespace, id }) => !keys.has(`${namespace}.${id}`));
  if (!dryRun) for (const { namespace, id } of others) await services.flows.delete(namespace, id);
  return others.map(({ namespace, id, revision }) => ({ flowId: id, namespace, revision, syncState: "DELETED" }));
}

const STATES = { CREATED: "ADDED", UPDATED: "UPDATED", UNCHANGED: "UNCHANGED" } as const;

function rowOf({ id, namespace, revision, change }: SavedFlowSource, gitPath: string) {
  return { flowId: id, namespace, revision, gitPath, syncState: STATES[change] };
}
