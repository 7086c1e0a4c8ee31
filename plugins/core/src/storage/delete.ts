import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

/** Deletes a file. */
export const deleteFile = defineTask({
  type: "io.kestra.plugin.core.storage.Delete",
  aliases: ["io.kestra.core.tasks.storages.Delete"],
  title: "Delete a file",
  properties: () =>
    z.object({
      uri: text().describe("The file."),
      errorOnMissing: dynamic(z.boolean()).default(false).describe("Whether a missing file fails the task."),
    }),
  outputs: () =>
    z.object({
      uri: z.string().describe("The file."),
      deleted: z.boolean().describe("Whether there was something to delete."),
    }),
  examples: [
    {
      title: "Delete a download",
      code: 'id: tidy\ntype: io.kestra.plugin.core.storage.Delete\nuri: "{{ outputs.get.uri }}"\n',
    },
  ],
  async run({ properties: { uri, errorOnMissing }, files }) {
    const deleted = await files.delete(uri);
    if (!deleted && errorOnMissing)
      throw new TaskFailure(`The file ${uri} does not exist. Check its URI, or leave \`errorOnMissing\` out.`);
    return { uri, deleted };
  },
});
