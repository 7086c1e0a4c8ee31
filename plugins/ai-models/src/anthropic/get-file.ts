import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { callModel } from "../model-api.ts";
import { callingFiles, connection } from "./connection.ts";
import { fileAnswer, fileMetadata, metadataOf } from "./file-metadata.ts";

export const getFile = defineTask({
  type: "io.kestra.plugin.anthropic.GetFile",
  title: "Look up a file at Anthropic",
  properties: () => z.object({ ...connection(), fileId: text().describe("Id of the file.") }),
  outputs: () => z.object({ metadata: fileMetadata().describe("What is known of the file.") }),
  examples: [
    {
      title: "Look up a file that was uploaded",
      code: [
        "id: look",
        "type: io.kestra.plugin.anthropic.GetFile",
        `apiKey: "{{ secret('ANTHROPIC_API_KEY') }}"`,
        'fileId: "{{ outputs.upload.fileId }}"',
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties } = context;
    const path = `/files/${encodeURIComponent(properties.fileId)}`;
    const file = await callModel(context, { ...callingFiles(properties), path, answer: fileAnswer() });
    return { metadata: metadataOf(file) };
  },
});
