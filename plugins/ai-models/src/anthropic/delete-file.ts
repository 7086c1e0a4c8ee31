import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { callModel } from "../model-api.ts";
import { callingFiles, connection } from "./connection.ts";

export const deleteFile = defineTask({
  type: "io.kestra.plugin.anthropic.DeleteFile",
  title: "Delete a file at Anthropic",
  properties: () => z.object({ ...connection(), fileId: text().describe("Id of the file.") }),
  outputs: () =>
    z.object({
      fileId: z.string().describe("Id of the file."),
      deleted: z.boolean().describe("Whether it is gone."),
    }),
  examples: [
    {
      title: "Delete a file that was uploaded",
      code: [
        "id: delete",
        "type: io.kestra.plugin.anthropic.DeleteFile",
        `apiKey: "{{ secret('ANTHROPIC_API_KEY') }}"`,
        'fileId: "{{ outputs.upload.fileId }}"',
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties } = context;
    const { id, type } = await callModel(context, {
      ...callingFiles(properties),
      method: "DELETE",
      path: `/files/${encodeURIComponent(properties.fileId)}`,
      answer: z.looseObject({ id: z.string(), type: z.string().optional() }),
    });
    return { fileId: id, deleted: type === undefined || type === "file_deleted" };
  },
});
