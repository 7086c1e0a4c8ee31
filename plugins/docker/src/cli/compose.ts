import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  defineTask,
  isFileAddress,
  listOrText,
  OWN_FILES_PREFIX,
  type TaskContext,
  TaskFailure,
  text,
} from "@capstan/sdk";
import { commandOutputs, commandProperties, quoted, runLines } from "@capstan/sdk/commands";
import { z } from "zod";

const IMAGE = "docker:27.5.1-cli";

/** Runs `docker compose` where there is a command line of Docker with it. */
export const compose = defineTask({
  type: "io.kestra.plugin.docker.cli.Compose",
  aliases: ["io.kestra.plugin.docker.Compose"],
  title: "Run Docker Compose",
  description:
    "A command line task: `docker compose` runs where the task runner says, in the image of Docker's command line unless another is named. In a container it needs the socket of the engine as a volume of the task runner. Name the project, as in `[-p, shop, up]`, if another task is to find it again.",
  properties: () =>
    z.object({
      ...commandProperties(),
      composeFile: text()
        .optional()
        .describe("The Compose file: its text, the address of a stored file, or a path in the working folder."),
      composeFiles: listOrText().optional().describe("Several of them; later ones add to earlier ones."),
      composeArgs: listOrText().describe(
        "What follows `docker compose -f FILE`, such as `[up, --detach]`, as in a shell.",
      ),
    }),
  outputs: commandOutputs,
  examples: [
    {
      title: "Bring services up for a test",
      code: "id: up\ntype: io.kestra.plugin.docker.cli.Compose\ntaskRunner:\n  type: io.kestra.plugin.scripts.runner.docker.Docker\n  volumes: [/var/run/docker.sock:/var/run/docker.sock]\ncomposeFile: |\n  services:\n    cache:\n      image: redis:7\ncomposeArgs: [up, --detach, --wait]\n",
    },
  ],
  async run(context) {
    const { composeFile, composeFiles = [], composeArgs } = context.properties;
    const written = composeFile === undefined ? composeFiles : [composeFile, ...composeFiles];
    if (composeArgs.length === 0)
      throw new TaskFailure("`composeArgs` is empty: say what Compose is to do, such as [up]");
    const paths: string[] = [];
    for (const [index, file] of written.entries()) paths.push(await pathOf(context, file, index));
    const files = paths.flatMap((path) => ["-f", quoted(path)]);
    const line = ["docker", "compose", ...files, ...composeArgs].join(" ");
    return runLines(context, context.properties, { image: IMAGE, lines: [line] });
  },
});

/** Of a file that the task has: text is more than a word, or of more than one line. */
async function pathOf(context: TaskContext<unknown>, file: string, index: number): Promise<string> {
  const isText = file.includes("\n") || /:\s/.test(file);
  // The address of a stored file becomes a path when the line is run.
  if (!isText || isFileAddress(file)) return file.trim();
  const name = `${OWN_FILES_PREFIX}compose-${index}.yaml`;
  await writeFile(join(await context.workingDirectory(), name), file);
  return name;
}
