import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { entryOutputs, relocate, relocation } from "./relocation.ts";

const TYPE = "io.kestra.plugin.dropbox.files.Copy";

/** Copies a file, or a folder with all that is in it. */
export const copy = defineTask({
  type: TYPE,
  title: "Copy a file or folder in Dropbox",
  description: "A folder is copied with all that is in it.",
  properties: () => z.object(relocation()),
  outputs: entryOutputs,
  examples: [
    {
      title: "Keep a copy of a report",
      code:
        `id: keep\ntype: ${TYPE}\naccessToken: "{{ secret('DROPBOX_TOKEN') }}"\n` +
        "from: /reports/today.csv\nto: \"/archive/{{ now() | date('yyyy-MM-dd') }}.csv\"\n",
    },
  ],
  async run(context) {
    const { from, file } = await relocate(context, { verb: "Copying", path: "copy_v2" });
    context.log.info(`Copied ${from} to ${file.path ?? file.name}.`);
    return { file };
  },
});
