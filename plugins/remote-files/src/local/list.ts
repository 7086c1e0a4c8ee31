import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { firstOf, maxFiles, recursive, regExp, selected, sort } from "../operations/selection.ts";
import { localFile, localFileOf } from "./local-file.ts";
import { localPlace } from "./local-files.ts";
import { localPath, PATH_FORMS } from "./local-path.ts";
import { ALLOWED } from "./local.ts";

const TYPE = "io.kestra.plugin.fs.local.List";

/** Tells what a folder of this machine holds. */
export const list = defineTask({
  type: TYPE,
  title: "List local files",
  description: ALLOWED,
  properties: () =>
    z.object({
      from: text().describe(`The folder: ${PATH_FORMS}.`),
      regExp: regExp(),
      recursive: recursive(),
      maxFiles: maxFiles("How many are listed at most; that there are more is told with a warning."),
      sort: sort(),
    }),
  outputs: () =>
    z.object({
      files: z.array(localFile()).describe("Files and folders."),
      count: z.int().describe("How many are listed."),
    }),
  examples: [
    {
      title: "The newest backups",
      code: `id: backups\ntype: ${TYPE}\nfrom: /data/backups\nsort: LAST_MODIFIED_DESC\nmaxFiles: 5\n`,
    },
  ],
  async run(context) {
    const { properties, log, metric } = context;
    const from = localPath("from", properties.from);
    const files = localPlace(context.localFiles, context.signal);
    const found = await selected(context, files, { ...properties, from });
    const chosen = firstOf(found, properties.maxFiles, log);
    metric({ name: "files.count", type: "counter", value: chosen.length });
    log.info(`Found ${found.length} files and folders in ${from}`);
    return { files: chosen.map((entry) => localFileOf(entry)), count: chosen.length };
  },
});
