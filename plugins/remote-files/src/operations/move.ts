import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import type { Protocol } from "../protocol.ts";
import { addressOf, nameOf, parentOf, remotePath, targetPath } from "../remote-path.ts";
import { checkFree, makeFolders } from "./send-file.ts";

/** Gives a file of another machine another path. */
export function move(protocol: Protocol) {
  const type = `${protocol.prefix}.Move`;
  return defineTask({
    type,
    title: `Move a file by ${protocol.name}`,
    description: "A folder is moved with all that is in it. Folders on the way are made.",
    properties: () =>
      z.object({
        ...protocol.connection(),
        from: text().describe("Its path."),
        to: text().describe("The path that it gets; with a slash at the end, the folder that it goes into."),
        overwrite: dynamic(z.boolean())
          .default(false)
          .describe("Whether a file that is there is replaced; else the task fails. Default: false."),
      }),
    outputs: () =>
      z.object({
        from: z.string().describe("The address that it had."),
        to: z.string().describe("The address that it has."),
      }),
    examples: [
      {
        title: "Put a file away",
        code: `id: archive\ntype: ${type}\n${protocol.exampleLines}from: /inbox/orders.csv\nto: /archive/\n`,
      },
    ],
    async run({ properties, log, ...context }) {
      using session = await protocol.open(properties, { ...context, log });
      const { files } = session;
      const from = remotePath(properties.from, files.address);
      const to = targetPath(properties.to, nameOf(from), files.address);
      const moved = { from: addressOf(files.address, from), to: addressOf(files.address, to) };
      if ((await files.stat(from)) === undefined)
        throw new TaskFailure(`${moved.from} is not there: ${files.pathAdvice}`);
      if (from !== to) {
        if (!properties.overwrite) await checkFree(files, to);
        await makeFolders(files, parentOf(to));
        await files.rename(from, to, properties.overwrite);
      }
      log.info(`Moved ${moved.from} to ${moved.to}`);
      return moved;
    },
  });
}
