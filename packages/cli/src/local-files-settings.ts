import { isAbsolute } from "node:path";
import type { LocalFolders } from "@capstan/sdk";
import { z } from "zod";
import { CONFIGURATION_DEFAULTS as DEFAULTS } from "./configuration-defaults.ts";
import type { Configuration } from "./configuration.ts";
import { text } from "./setting-kinds.ts";

const folder = text.refine(isAbsolute, { error: "it must be an absolute path, such as /data/in" });

/** The option `localFiles`. */
export const localFilesSchema = z.strictObject({
  readablePaths: z
    .array(folder)
    .default(DEFAULTS.localFiles.readablePaths)
    .describe(
      "Folders of this machine that flows may read, by file:// addresses and tasks for local files; none by default",
    ),
  writablePaths: z
    .array(folder)
    .default(DEFAULTS.localFiles.writablePaths)
    .describe("Folders of this machine that flows may read and change by tasks for local files; none by default"),
});

/** What flows may use of the machine that their tasks run on. */
export function localFoldersOf({ localFiles }: Configuration): LocalFolders {
  return { readable: localFiles.readablePaths, writable: localFiles.writablePaths };
}
