import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { callDropbox, connection } from "./connection.ts";
import { PATH_FORMS, pathOf } from "./dropbox-path.ts";
import { entry, entryOf, metadata } from "./entry.ts";

const TYPE = "io.kestra.plugin.dropbox.files.GetMetadata";

/** Tells of a file or folder. */
export const getMetadata = defineTask({
  type: TYPE,
  title: "Look at a file or folder in Dropbox",
  description: "A path that isn't there fails the task.",
  properties: () =>
    z.object({
      ...connection(),
      path: text().describe(`The file or folder: ${PATH_FORMS}.`),
      includeMediaInfo: dynamic(z.boolean())
        .default(false)
        .describe("Whether Dropbox is asked about pictures and films too. The output is the same. Default: false."),
    }),
  outputs: () => z.object({ file: entry().describe("The file or folder.") }),
  examples: [
    {
      title: "Is the report there, and how large is it?",
      code: `id: look\ntype: ${TYPE}\naccessToken: "{{ secret('DROPBOX_TOKEN') }}"\npath: /reports/today.csv\n`,
    },
  ],
  async run(context) {
    const path = await pathOf(context, "path", context.properties.path);
    const told = await callDropbox(context, {
      what: `Looking at ${path}`,
      path: "get_metadata",
      body: { path, include_media_info: context.properties.includeMediaInfo },
      answer: metadata(),
    });
    const file = entryOf(told);
    context.log.info(`${path} is a ${file.type}${file.size === undefined ? "" : ` of ${file.size} bytes`}.`);
    return { file };
  },
});
