import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import type { Protocol } from "../protocol.ts";
import { addressOf, remotePath } from "../remote-path.ts";
import { listed, listedFile } from "./file-outputs.ts";
import { firstOf, maxFiles, recursive, regExp, selected, sort } from "./selection.ts";

/** Tells what a folder holds. */
export function list(protocol: Protocol) {
  const type = `${protocol.prefix}.List`;
  return defineTask({
    type,
    title: `List files by ${protocol.name}`,
    properties: () =>
      z.object({
        ...protocol.connection(),
        from: text().describe("The folder at the server."),
        regExp: regExp(),
        recursive: recursive(),
        maxFiles: maxFiles("How many are listed at most; that there are more is told with a warning."),
        sort: sort(),
      }),
    outputs: () =>
      z.object({ files: z.array(listedFile()).describe("Files and folders; `path` is that at the server.") }),
    examples: [
      {
        title: "The newest backups",
        code: `id: backups\ntype: ${type}\n${protocol.exampleLines}from: /backups/\nsort: LAST_MODIFIED_DESC\nmaxFiles: 5\n`,
      },
    ],
    async run(context) {
      const { properties, log, metric } = context;
      using session = await protocol.open(properties, context);
      const { files } = session;
      const from = remotePath(properties.from, files.address);
      const found = await selected(context, files, { ...properties, from });
      const chosen = firstOf(found, properties.maxFiles, log);
      metric({ name: "files.count", type: "counter", value: chosen.length });
      log.info(`Found ${found.length} files and folders in ${addressOf(files.address, from)}`);
      return { files: chosen.map((entry) => listed(entry)) };
    },
  });
}
