import { defineTask, dynamic, placeInside, text } from "@capstan/sdk";
import { z } from "zod";
import { checkout } from "./checkout.ts";
import { connectionProperties } from "./connection.ts";
import { openGit } from "./git.ts";

const TYPE = "io.kestra.plugin.git.Clone";

/** Puts a repository into the working folder, where the tasks of a WorkingDirectory find it. */
export const clone = defineTask({
  type: TYPE,
  title: "Clone a Git repository",
  description:
    "The files are there for the tasks beside it in a `WorkingDirectory`. The worker needs the program `git`, and `ssh` for repositories that are reached so.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      directory: text().optional().describe("Folder below the working folder. Default: the working folder itself."),
      branch: text().optional().describe("Branch to check out. Default: the one that the server calls its own."),
      tag: text().optional().describe("Tag to check out, in place of a branch."),
      commit: text().optional().describe("Commit to check out, in place of a branch; all history is fetched then."),
      depth: dynamic(z.int().min(0)).default(1).describe("Commits of history to fetch; 0 for all."),
      cloneAllBranches: dynamic(z.boolean()).default(true).describe("Whether the other branches are fetched too."),
      noTags: dynamic(z.boolean()).default(false).describe("Whether tags are left out."),
    }),
  outputs: () => z.object({ directory: z.string().describe("Path of the folder, on the worker.") }),
  examples: [
    {
      title: "A branch of a public repository, for the tasks beside it",
      code: `id: clone\ntype: ${TYPE}\nurl: https://github.com/example/scripts\nbranch: main\n`,
    },
    {
      title: "A private repository, with a token",
      code:
        `id: clone\ntype: ${TYPE}\nurl: https://github.com/example/private\nusername: example\n` +
        `password: "{{ secret('GITHUB_TOKEN') }}"\n`,
    },
  ],
  async run(context) {
    const { directory, branch, tag, commit, depth, cloneAllBranches, noTags, cloneSubmodules } = context.properties;
    const root = await context.workingDirectory();
    const folder = directory === undefined || directory === "." ? root : placeInside(root, directory);
    await using git = await openGit(context);
    await checkout(git, folder, {
      branch,
      tag,
      commit,
      depth,
      allBranches: cloneAllBranches,
      tags: !noTags,
      submodules: cloneSubmodules,
    });
    const head = (await git.run(folder, "log", "-1", "--format=%h %s")).trim();
    context.log.info(`${git.url} is at ${head}`);
    return { directory: folder };
  },
});
