import { dynamic, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { callDropbox, connection, type DropboxConnection } from "./connection.ts";
import { PATH_FORMS, pathOf } from "./dropbox-path.ts";
import { entry, entryOf, metadata } from "./entry.ts";

/** Properties of what makes one place of another. */
export const relocation = () => ({
  ...connection(),
  from: text().describe(`The file or folder: ${PATH_FORMS}.`),
  to: text().describe(`The path that it gets, with its name: ${PATH_FORMS}.`),
  autorename: dynamic(z.boolean())
    .default(false)
    .describe("Whether another name is chosen where `to` is taken; else the task fails. Default: false."),
});

export interface Relocation extends DropboxConnection {
  readonly from: string;
  readonly to: string;
  readonly autorename: boolean;
}

export const entryOutputs = () => z.object({ file: entry().describe("The file or folder, as it is then.") });

/** Asks for a relocation, and answers what came of it. Throws `TaskFailure` as `callVendor` does. */
export async function relocate(
  context: Pick<TaskContext<Relocation>, "properties" | "signal" | "files">,
  { verb, path, further = {} }: { readonly verb: string; readonly path: string; readonly further?: object },
) {
  const { from, to, autorename } = context.properties;
  const fromPath = await pathOf(context, "from", from);
  const toPath = await pathOf(context, "to", to);
  const told = await callDropbox(context, {
    what: `${verb} ${fromPath} to ${toPath}`,
    path,
    body: { from_path: fromPath, to_path: toPath, autorename, ...further },
    answer: z.object({ metadata: metadata() }),
  });
  return { from: fromPath, file: entryOf(told.metadata) };
}
