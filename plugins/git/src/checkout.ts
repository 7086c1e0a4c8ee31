import { mkdir } from "node:fs/promises";
import { TaskFailure } from "@capstan/sdk";
import type { Git } from "./git.ts";

export interface Wanted {
  /** One of them at most; without any, the branch that the server calls its own. */
  readonly branch?: string | undefined;
  readonly tag?: string | undefined;
  readonly commit?: string | undefined;
  /** Commits of history; 0 for all. A commit that is named may lie anywhere, so that all is fetched. */
  readonly depth: number;
  readonly allBranches: boolean;
  readonly tags: boolean;
  readonly submodules: boolean;
}

export const TIP: Wanted = { depth: 1, allBranches: false, tags: false, submodules: false };

/** Puts a repository into a folder, which may hold files already; none of these is overwritten. */
export async function checkout(git: Git, folder: string, wanted: Wanted): Promise<void> {
  await mkdir(folder, { recursive: true });
  await git.run(folder, "init", "--quiet");
  await git.run(folder, "remote", "add", "origin", git.url);
  const { commit, tag } = wanted;
  if (commit !== undefined) {
    await fetch(git, folder, { ...wanted, depth: 0 }, ["+refs/heads/*:refs/remotes/origin/*"]);
    await git.run(folder, "checkout", "--quiet", "--detach", refName(commit));
  } else if (tag !== undefined) {
    await fetch(git, folder, wanted, [`+refs/tags/${tag}:refs/tags/${tag}`]);
    await git.run(folder, "checkout", "--quiet", "--detach", `refs/tags/${tag}`);
  } else await checkoutBranch(git, folder, wanted, wanted.branch ?? (await ownBranch(git, folder)));
  if (wanted.submodules) await git.run(folder, "submodule", "update", "--init", "--recursive", ...depthOf(wanted));
}

/** Like `checkout` of a branch; where there is none of the name it is begun, at the tip of the server's own branch if that has any. */
export async function checkoutOrBegin(git: Git, folder: string, branch: string): Promise<void> {
  await git.run(folder, "init", "--quiet");
  await git.run(folder, "remote", "add", "origin", git.url);
  const heads = await git.run(folder, "ls-remote", "--heads", "origin");
  const has = (name: string) => heads.split("\n").some((line) => line.endsWith(`\trefs/heads/${name}`));
  if (has(branch)) return checkoutBranch(git, folder, TIP, branch);
  if (heads.trim() === "") return void (await git.run(folder, "checkout", "--quiet", "--orphan", refName(branch)));
  const from = await ownBranch(git, folder);
  await checkoutBranch(git, folder, TIP, from);
  await git.run(folder, "checkout", "--quiet", "-b", refName(branch));
}

async function checkoutBranch(git: Git, folder: string, wanted: Wanted, branch: string): Promise<void> {
  const all = wanted.allBranches ? ["+refs/heads/*:refs/remotes/origin/*"] : [];
  await fetch(git, folder, wanted, [`+refs/heads/${branch}:refs/remotes/origin/${branch}`, ...all]);
  await git.run(folder, "checkout", "--quiet", "-B", refName(branch), "--track", `origin/${branch}`);
}

async function fetch(git: Git, folder: string, wanted: Wanted, refs: readonly string[]): Promise<void> {
  await git.run(
    folder,
    "fetch",
    "--quiet",
    wanted.tags ? "--tags" : "--no-tags",
    ...depthOf(wanted),
    "origin",
    ...refs,
  );
}

function depthOf({ depth }: Wanted): readonly string[] {
  return depth === 0 ? [] : [`--depth=${depth}`];
}

/** The branch that is meant where none is named. */
async function ownBranch(git: Git, folder: string): Promise<string> {
  const told = await git.run(folder, "ls-remote", "--symref", "origin", "HEAD");
  const branch = /^ref: refs\/heads\/(\S+)\tHEAD$/m.exec(told)?.[1];
  if (branch === undefined) throw new TaskFailure("The repository has no branch of its own yet. Name one as `branch`.");
  return branch;
}

/** What could be taken for an option is none. */
function refName(name: string): string {
  if (name.startsWith("-")) throw new TaskFailure(`"${name}" is no name of a branch or commit.`);
  return name;
}
