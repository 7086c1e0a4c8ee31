import { rm } from "node:fs/promises";
import { join } from "node:path";
import { dynamic, recordLine, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { checkoutOrBegin } from "./checkout.ts";
import { commitUrl } from "./commit-url.ts";
import type { Connection } from "./connection.ts";
import { openRepositoryFolder, type RepositoryFolder } from "./repository-folder.ts";

/** Properties of all tasks that push. */
export const pushProperties = () => ({
  branch: text().default("main").describe("Branch to push to; begun if there is none."),
  commitMessage: text().optional().describe("Message of the commit. Default: what was pushed, and by which flow."),
  authorName: text().optional().describe("Author of the commit. Default: `username`, or Capstan."),
  authorEmail: text().optional().describe("Address of the author. Default: capstan@localhost."),
  delete: dynamic(z.boolean()).default(true).describe("Whether files of what is gone here are removed there."),
  dryRun: dynamic(z.boolean()).default(false).describe("Whether it is only told what would be pushed."),
});

type PushProperties = z.output<z.ZodObject<ReturnType<typeof pushProperties>>> & Connection;

export const pushOutputs = () => ({
  commitId: z
    .string()
    .optional()
    .describe("Id of the commit; absent where there was nothing to push, and for a dry run."),
  commitURL: z.string().optional().describe("Its page at the server, where that has one."),
});

/** Opens the branch, or begins it, for a task that pushes. */
export function openForPush(context: TaskContext<PushProperties>, directory: string): Promise<RepositoryFolder> {
  const { branch } = context.properties;
  return openRepositoryFolder(context, { branch, directory, check: (git, root) => checkoutOrBegin(git, root, branch) });
}

export async function removeFiles({ folder }: RepositoryFolder, paths: readonly string[]): Promise<void> {
  for (const path of paths) await rm(join(folder, path));
}

export interface Pushed {
  readonly commitId?: string;
  readonly commitURL?: string;
  /** Address of a file with a line for each file that changed: `file`, `additions`, `deletions`, `changes`. */
  readonly diff: string;
}

/** Commits what changed in the clone, and pushes it; without a change nothing is committed. */
export async function pushChanges(
  context: TaskContext<PushProperties>,
  { git, root }: RepositoryFolder,
  what: string,
): Promise<Pushed> {
  const { branch, dryRun, commitMessage } = context.properties;
  await git.run(root, "add", "--all", ".");
  const changes = changesOf(await git.run(root, "diff", "--cached", "--numstat", "-z", "--no-renames"));
  const diff = await context.files.put("diff.ion", changes.map((change) => recordLine(change)).join(""));
  if (changes.length === 0 || dryRun) {
    context.log.info(
      changes.length === 0 ? `nothing to push: ${what} are the same` : `dry run: ${changes.length} files differ`,
    );
    return { diff };
  }
  const { namespace, flowId } = context.identity;
  const message = commitMessage ?? `Push ${what} by ${namespace}.${flowId}`;
  await git.run(root, ...authorOf(context.properties), "commit", "--quiet", "--message", message);
  const commitId = (await git.run(root, "rev-parse", "HEAD")).trim();
  await git.run(root, "push", "--quiet", "origin", `HEAD:refs/heads/${branch}`);
  context.log.info(`pushed ${changes.length} files to ${branch} as ${commitId}`);
  const commitURL = commitUrl(git.url, commitId);
  return { commitId, ...(commitURL !== undefined && { commitURL }), diff };
}

function authorOf({ authorName, authorEmail, username }: PushProperties): readonly string[] {
  const name = authorName ?? username ?? "Capstan";
  return ["-c", `user.name=${name}`, "-c", `user.email=${authorEmail ?? "capstan@localhost"}`];
}

/** Of a binary file Git tells no lines. */
function changesOf(numstat: string) {
  return numstat
    .split("\0")
    .filter((entry) => entry !== "")
    .map((entry) => {
      const [added = "-", removed = "-", file = ""] = entry.split("\t");
      const [additions, deletions] = [added, removed].map((count) => (count === "-" ? 0 : Number(count))) as [
        number,
        number,
      ];
      return { file, additions: `+${additions}`, deletions: `-${deletions}`, changes: String(additions + deletions) };
    });
}
