import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { doomedBy, removeEntries } from "../operations/delete.ts";
import { regExp } from "../operations/selection.ts";
import { addressOf, parentOf } from "../remote-path.ts";
import { localPlace } from "./local-files.ts";
import { localPath, PATH_FORMS } from "./local-path.ts";
import { ALLOWED } from "./local.ts";

const TYPE = "io.kestra.plugin.fs.local.Delete";

/** Deletes files of this machine. */
export const remove = defineTask({
  type: TYPE,
  title: "Delete local files",
  description: `One file, an empty folder, or with \`recursive\` a folder with all that is in it. A link is deleted, and never what it leads to. ${ALLOWED}`,
  properties: () =>
    z.object({
      from: text().describe(`The file or folder: ${PATH_FORMS}.`),
      errorOnMissing: dynamic(z.boolean())
        .default(false)
        .describe("Whether the task fails when nothing is there. Default: false."),
      recursive: dynamic(z.boolean())
        .default(false)
        .describe(
          "Whether a folder goes with all that is in it; with `regExp`, whether folders in it are looked into. Default: false.",
        ),
      regExp: regExp().describe(
        "Deletes only files of the folder whose whole path matches this regular expression in Java's notation, and no folder.",
      ),
    }),
  outputs: () =>
    z.object({
      uri: z.string().describe("The `file://` address of `from`."),
      deleted: z.boolean().describe("Whether anything was deleted."),
      uris: z.array(z.string()).describe("Addresses of what was deleted."),
    }),
  examples: [
    {
      title: "Delete old exports",
      code: `id: clean\ntype: ${TYPE}\nfrom: /data/exports\nregExp: ".*-2025-.*\\\\.csv"\n`,
    },
  ],
  async run(context) {
    const { properties, log } = context;
    const files = localPlace(context.localFiles, context.signal);
    const path = localPath("from", properties.from);
    const uri = addressOf(files.address, path);
    const found = await files.stat(path);
    // Before anything goes: a folder that flows may empty need not be one that may go itself.
    if (found !== undefined)
      await context.localFiles.locate(properties.regExp === undefined ? parentOf(path) : path, "write");
    const doomed = found === undefined ? [] : await doomedBy(context, files, found);
    if (doomed.length === 0 && properties.errorOnMissing)
      throw new TaskFailure(
        `There is nothing to delete: ${path} ${found === undefined ? "is not there" : "holds no match"}.`,
      );
    await removeEntries(files, doomed);
    log.info(`Deleted ${doomed.length} files and folders at ${path}`);
    return { uri, deleted: doomed.length > 0, uris: doomed.map((entry) => addressOf(files.address, entry.path)) };
  },
});
