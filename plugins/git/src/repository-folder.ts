import { lstat, readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { placeInside, type TaskContext, TaskFailure } from "@capstan/sdk";
import { checkout, TIP } from "./checkout.ts";
import type { Connection } from "./connection.ts";
import { type Git, openGit } from "./git.ts";

/** A clone of a branch for the time of a task, and the folder in it that the task is about. */
export interface RepositoryFolder extends AsyncDisposable {
  readonly git: Git;
  /** Absolute path of the clone. */
  readonly root: string;
  /** Absolute path of the folder, which may be missing. */
  readonly folder: string;
  /** Paths of its files, `/` separated and sorted; links are none. */
  readonly files: () => Promise<readonly string[]>;
  /** Path of one of its files from the root of the repository. */
  readonly gitPath: (path: string) => string;
}

interface Opening {
  readonly directory: string;
  /** How the branch gets into the folder; by default it is checked out. */
  readonly check?: (git: Git, root: string) => Promise<void>;
  readonly branch: string;
}

export async function openRepositoryFolder(
  context: TaskContext<Connection>,
  { directory, branch, check }: Opening,
): Promise<RepositoryFolder> {
  const root = await context.workingDirectory();
  const folder = /^\.?\/*$/.test(directory) ? root : placeInside(root, directory.replace(/^\/+/, ""));
  // Links are files with the name of what they mean, which may be anything on the worker.
  const gitConfig = { ...context.properties.gitConfig, "core.symlinks": "false" };
  const git = await openGit({ ...context, properties: { ...context.properties, gitConfig } });
  const gitPath = (path: string) => relative(root, join(folder, path)).split(sep).join("/");
  try {
    await (
      check ?? (async () => checkout(git, root, { ...TIP, branch, submodules: context.properties.cloneSubmodules }))
    )(git, root);
  } catch (error) {
    await git[Symbol.asyncDispose]();
    throw error;
  }
  return {
    git,
    root,
    folder,
    gitPath,
    files: () => filesIn(folder),
    [Symbol.asyncDispose]: () => git[Symbol.asyncDispose](),
  };
}

/** Throws `TaskFailure` where the folder is missing and must not be. */
export async function refuseMissing({ folder }: RepositoryFolder, directory: string): Promise<void> {
  const found = await lstat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new TaskFailure(
    `The branch has no folder ${directory}. Name another one as \`gitDirectory\`, or set \`failOnMissingDirectory: false\`.`,
  );
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)).split(sep).join("/"))
    .filter((path) => !/(?:^|\/)\.git(?:\/|$)/.test(path))
    .toSorted();
}
