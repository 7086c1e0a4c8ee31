import { defineTask, dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { callDropbox, connection } from "./connection.ts";
import { PATH_FORMS, pathOf } from "./dropbox-path.ts";
import { entryOf, folderMetadata } from "./entry.ts";
import { entryOutputs } from "./relocation.ts";

const TYPE = "io.kestra.plugin.dropbox.files.CreateFolder";

/** Makes a folder. */
export const createFolder = defineTask({
  type: TYPE,
  title: "Create a folder in Dropbox",
  description: "Folders on the way to it are made where they are missing. Uploads make their folders themselves.",
  properties: () =>
    z.object({
      ...connection(),
      path: text().describe(`The folder: ${PATH_FORMS}.`),
      autorename: dynamic(z.boolean())
        .default(false)
        .describe("Whether another name is chosen where the path is taken; else the task fails. Default: false."),
    }),
  outputs: entryOutputs,
  examples: [
    {
      title: "A folder for each day",
      code:
        `id: folder\ntype: ${TYPE}\naccessToken: "{{ secret('DROPBOX_TOKEN') }}"\n` +
        "path: \"/reports/{{ now() | date('yyyy-MM-dd') }}\"\n",
    },
  ],
  async run(context) {
    const path = await pathOf(context, "path", context.properties.path);
    const { metadata } = await callDropbox(context, {
      what: `Creating the folder ${path}`,
      path: "create_folder_v2",
      body: { path, autorename: context.properties.autorename },
      answer: z.object({ metadata: folderMetadata() }),
    });
    const file = entryOf({ ...metadata, ".tag": "folder" });
    context.log.info(`Created the folder ${file.path ?? path}.`);
    return { file };
  },
});
