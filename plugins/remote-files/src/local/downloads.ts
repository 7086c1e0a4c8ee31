import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { storeSelected } from "../operations/downloads.ts";
import { action, moveDirectory } from "../operations/leave-behind.ts";
import { maxFiles, recursive, regExp } from "../operations/selection.ts";
import { actionPlace } from "./action-place.ts";
import { localFile, localFileOf } from "./local-file.ts";
import { localPlace } from "./local-files.ts";
import { localPath, PATH_FORMS } from "./local-path.ts";
import { ALLOWED } from "./local.ts";

const TYPE = "io.kestra.plugin.fs.local.Downloads";

/** Files of this machine become ones of the execution, and are moved or deleted then. */
export const downloads = defineTask({
  type: TYPE,
  title: "Store many local files, and move or delete them",
  description: `Files are moved or deleted when all of them are stored. ${ALLOWED}`,
  properties: () =>
    z.object({
      from: text().describe(`The folder: ${PATH_FORMS}.`),
      action: action().default("NONE"),
      moveDirectory: moveDirectory(),
      regExp: regExp(),
      recursive: recursive(),
      maxFiles: maxFiles("How many files are taken at most; that there are more is told with a warning."),
    }),
  outputs: () =>
    z.object({
      files: z.array(localFile()).describe("The files; `uri` is where each is stored."),
      outputFiles: z.record(z.string(), z.string()).describe("The stored file of each path below `from`."),
    }),
  examples: [
    {
      title: "Take what has arrived",
      code: `id: take\ntype: ${TYPE}\nfrom: /data/in\nregExp: ".*\\\\.csv"\naction: MOVE\nmoveDirectory: /data/archive\n`,
    },
  ],
  async run(context) {
    const { properties, localFiles, signal } = context;
    const files = localPlace(localFiles, signal);
    const from = localPath("from", properties.from);
    const leaving = await actionPlace(localFiles, properties, from);
    const { stored, outputFiles } = await storeSelected(context, files, { ...properties, ...leaving, from });
    return { files: stored.map(({ entry, uri }) => localFileOf(entry, uri)), outputFiles };
  },
});
