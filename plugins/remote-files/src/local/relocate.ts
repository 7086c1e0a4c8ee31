import { dynamic, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { checkFree, makeFolders } from "../operations/send-file.ts";
import { nameOf, parentOf } from "../remote-path.ts";
import { type LocalPlace, localPlace } from "./local-files.ts";
import { localPath, localTarget, PATH_FORMS } from "./local-path.ts";

/** Properties of what gives a file another place. */
export const relocation = () => ({
  from: text().describe(`What is meant: ${PATH_FORMS}.`),
  to: text().describe(
    "Its new path; with a slash at the end, the folder that it goes into. Folders on the way are made.",
  ),
  overwrite: dynamic(z.boolean())
    .default(false)
    .describe("Whether a file that is there is replaced; else the task fails. Default: false."),
});

type Properties = z.output<z.ZodObject<ReturnType<typeof relocation>>>;

export interface Relocation {
  readonly files: LocalPlace;
  readonly from: string;
  readonly to: string;
}

/** Checks where something comes from and goes to, and makes the folders. Undefined where it is there already. */
export async function prepareRelocation({
  properties: { from: writtenFrom, to: writtenTo, overwrite },
  localFiles,
  signal,
}: Pick<TaskContext<Properties>, "properties" | "localFiles" | "signal">): Promise<Relocation | undefined> {
  const files = localPlace(localFiles, signal);
  const from = localPath("from", writtenFrom);
  const to = localTarget("to", writtenTo, nameOf(from));
  const source = await files.stat(from);
  if (source === undefined) throw new TaskFailure(`${from} is not there: ${files.pathAdvice}`);
  if (from === to) return undefined;
  if (to.startsWith(`${from}/`)) throw new TaskFailure(`${to} is in ${from} itself: choose another place.`);
  if (!overwrite) await checkFree(files, to);
  else if ((await files.stat(to))?.kind === "FOLDER")
    throw new TaskFailure(`${to} is a folder: write a slash behind it for a place in it.`);
  await makeFolders(files, parentOf(to));
  return { files, from, to };
}
