import { defineTask, dynamic, fetchType, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { callDropbox, connection, type DropboxConnection } from "./connection.ts";
import { pathOrRoot } from "./dropbox-path.ts";
import { deliverPages, type EntryPage, fetchDescription, pageOutputs } from "./entry-pages.ts";
import { entryOf, metadata } from "./entry.ts";

const TYPE = "io.kestra.plugin.dropbox.files.List";
/** The most that Dropbox takes. */
export const ENTRIES_PER_PAGE = 2_000;

/** Lists what is in a folder. */
export const list = defineTask({
  type: TYPE,
  title: "List files and folders in Dropbox",
  properties: () =>
    z.object({
      ...connection(),
      from: text()
        .optional()
        .describe(
          "The folder: it begins with a slash, as in `/reports`. The address of a stored file stands for the path that it holds. Default: all of Dropbox.",
        ),
      recursive: dynamic(z.boolean())
        .default(false)
        .describe("Whether what is in the folders of the folder is listed too. Default: false."),
      limit: dynamic(z.int().positive())
        .optional()
        .describe("How many are listed at most; a warning says when there are more. Default: all."),
      fetchType: fetchType("FETCH").describe(fetchDescription("files and folders")),
    }),
  outputs: pageOutputs,
  examples: [
    {
      title: "What has arrived",
      code: `id: arrived\ntype: ${TYPE}\naccessToken: "{{ secret('DROPBOX_TOKEN') }}"\nfrom: /incoming\n`,
    },
    {
      title: "All that there is, as a file",
      code: `id: inventory\ntype: ${TYPE}\naccessToken: "{{ secret('DROPBOX_TOKEN') }}"\nrecursive: true\nfetchType: STORE\n`,
    },
  ],
  async run(context) {
    const { from, recursive, limit, fetchType: how } = context.properties;
    const path = await pathOrRoot(context, "from", from);
    const shown = path === "" ? "Dropbox" : path;
    const what = `Listing ${shown}`;
    const first = { path, recursive, limit: Math.min(limit ?? ENTRIES_PER_PAGE, ENTRIES_PER_PAGE) };
    const pageAt = (cursor: string | undefined) =>
      cursor === undefined
        ? page(context, { what, path: "list_folder", body: first })
        : page(context, { what, path: "list_folder/continue", body: { cursor } });
    return deliverPages(context, pageAt, { how, limit, limitName: "limit", what: shown });
  },
});

async function page(
  context: Pick<TaskContext<DropboxConnection>, "properties" | "signal">,
  call: { readonly what: string; readonly path: string; readonly body: unknown },
): Promise<EntryPage> {
  const answer = z.object({ entries: z.array(metadata()), cursor: z.string(), has_more: z.boolean() });
  const told = await callDropbox(context, { ...call, answer });
  return { entries: told.entries.map(entryOf), cursor: told.has_more ? told.cursor : undefined };
}
