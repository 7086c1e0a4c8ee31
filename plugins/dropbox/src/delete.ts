import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { callDropbox, connection } from "./connection.ts";
import { PATH_FORMS, pathOf } from "./dropbox-path.ts";
import { entry, entryOf, metadata } from "./entry.ts";

const TYPE = "io.kestra.plugin.dropbox.files.Delete";

/** Deletes a file, or a folder with all that is in it. */
export const deleteEntry = defineTask({
  type: TYPE,
  title: "Delete a file or folder in Dropbox",
  description:
    "A folder is deleted with all that is in it. Dropbox keeps what was deleted for a while. A path that isn't there fails the task.",
  properties: () => z.object({ ...connection(), from: text().describe(`The file or folder: ${PATH_FORMS}.`) }),
  outputs: () => z.object({ file: entry().describe("The file or folder, as it was.") }),
  examples: [
    {
      title: "Delete a report",
      code: `id: delete\ntype: ${TYPE}\naccessToken: "{{ secret('DROPBOX_TOKEN') }}"\nfrom: /reports/old.csv\n`,
    },
  ],
  async run(context) {
    const path = await pathOf(context, "from", context.properties.from);
    const told = await callDropbox(context, {
      what: `Deleting ${path}`,
      path: "delete_v2",
      body: { path },
      answer: z.object({ metadata: metadata() }),
    });
    context.log.info(`Deleted ${path}.`);
    return { file: entryOf(told.metadata) };
  },
});
