import { defineTask, dynamic, fetchType, listOrText, type TaskContext, text } from "@capstan/sdk";
import { z } from "zod";
import { callDropbox, connection, type DropboxConnection } from "./connection.ts";
import { pathOrRoot } from "./dropbox-path.ts";
import { deliverPages, type EntryPage, fetchDescription, pageOutputs } from "./entry-pages.ts";
import { entryOf, metadata } from "./entry.ts";

const TYPE = "io.kestra.plugin.dropbox.files.Search";
/** The most that Dropbox takes. */
export const MATCHES_PER_PAGE = 1_000;

/** Searches names and contents. */
export const search = defineTask({
  type: TYPE,
  title: "Search files and folders in Dropbox",
  description:
    "The best matches come first. Dropbox finds 10000 at most, and what was uploaded just now is found a little later.",
  properties: () =>
    z.object({
      ...connection(),
      query: text().describe("What is searched for, in names and (where the account has it) contents."),
      path: text()
        .optional()
        .describe(
          "Only in this folder: it begins with a slash. The address of a stored file stands for the path that it holds. Default: all of Dropbox.",
        ),
      maxResults: dynamic(z.int().positive())
        .optional()
        .describe("How many are put out at most; a warning says when there are more. Default: all."),
      fileExtensions: listOrText().optional().describe("Only files that end so, such as `pdf`."),
      fetchType: fetchType("FETCH").describe(fetchDescription("matches")),
    }),
  outputs: pageOutputs,
  examples: [
    {
      title: "The contracts of a customer",
      code:
        `id: contracts\ntype: ${TYPE}\naccessToken: "{{ secret('DROPBOX_TOKEN') }}"\n` +
        'query: "{{ inputs.customer }}"\npath: /contracts\nfileExtensions: [pdf]\n',
    },
  ],
  async run(context) {
    const { query, path: folder, maxResults, fileExtensions = [], fetchType: how } = context.properties;
    const path = await pathOrRoot(context, "path", folder);
    const what = `The search for "${query}"`;
    const options = {
      ...(path !== "" && { path }),
      max_results: Math.min(maxResults ?? MATCHES_PER_PAGE, MATCHES_PER_PAGE),
      ...(fileExtensions.length > 0 && { file_extensions: fileExtensions.map((one) => one.replace(/^\./, "")) }),
    };
    const pageAt = (cursor: string | undefined) =>
      cursor === undefined
        ? page(context, { what, path: "search_v2", body: { query, options } })
        : page(context, { what, path: "search/continue_v2", body: { cursor } });
    return deliverPages(context, pageAt, { how, limit: maxResults, limitName: "maxResults", what });
  },
});

const matches = () =>
  z.object({
    matches: z.array(
      z.object({
        metadata: z.union([
          z.object({ ".tag": z.literal("metadata"), metadata: metadata() }),
          z.object({ ".tag": z.literal("other") }),
        ]),
      }),
    ),
    has_more: z.boolean(),
    cursor: z.string().optional(),
  });

async function page(
  context: Pick<TaskContext<DropboxConnection>, "properties" | "signal">,
  call: { readonly what: string; readonly path: string; readonly body: unknown },
): Promise<EntryPage> {
  const told = await callDropbox(context, { ...call, answer: matches() });
  const entries = told.matches.flatMap(({ metadata: match }) =>
    match[".tag"] === "metadata" ? [entryOf(match.metadata)] : [],
  );
  return { entries, cursor: told.has_more ? told.cursor : undefined };
}
