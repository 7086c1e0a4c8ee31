import { defineTask, dynamic, isFileAddress, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { connection } from "./connection.ts";
import { PATH_FORMS, pathOf } from "./dropbox-path.ts";
import { storedFile, storedFileOf } from "./entry.ts";
import { uploadContent } from "./upload-content.ts";

const TYPE = "io.kestra.plugin.dropbox.files.Upload";

/** Uploads a stored file. */
export const upload = defineTask({
  type: TYPE,
  title: "Upload a file to Dropbox",
  description:
    "The content goes in parts of 8 MiB, of which the task holds two at a time; Dropbox checks the hash of each. The file is there when all of it is. " +
    "Folders on the way are made where they are missing.",
  properties: () =>
    z.object({
      ...connection(),
      from: text().describe("The stored file, such as `{{ outputs.report.uri }}`."),
      to: text().describe(`The path that it gets, with its name: ${PATH_FORMS}.`),
      mode: dynamic(z.enum(["ADD", "OVERWRITE", "add", "overwrite"]))
        .default("ADD")
        .describe(
          "What is done where the path is taken: ADD (the task fails, unless the content is the same or `autorename` is true) or OVERWRITE. Default: ADD.",
        ),
      autorename: dynamic(z.boolean())
        .default(false)
        .describe("Whether another name is chosen where the path is taken. Default: false."),
    }),
  outputs: () => z.object({ metadata: storedFile().describe("What Dropbox tells of the file.") }),
  examples: [
    {
      title: "Publish a report",
      code:
        `id: publish\ntype: ${TYPE}\naccessToken: "{{ secret('DROPBOX_TOKEN') }}"\n` +
        "from: \"{{ outputs.report.outputFiles['report.csv'] }}\"\nto: /reports/today.csv\nmode: OVERWRITE\n",
    },
  ],
  async run(context) {
    const { from, to, mode, autorename } = context.properties;
    if (!isFileAddress(from))
      throw new TaskFailure(`\`from\` is "${from}", which is no stored file. Give the address that a task put out.`);
    const path = await pathOf(context, "to", to);
    const content = await context.files.read(from.trim());
    const commit = { path, mode: mode.toLowerCase() as "add" | "overwrite", autorename };
    const told = await uploadContent(context, content, commit);
    context.metric({ name: "file.size", type: "counter", value: told.size });
    context.log.info(`Uploaded ${told.path_display ?? path} of ${told.size} bytes.`);
    return { metadata: storedFileOf(told) };
  },
});
