import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { fileForm, fileNameOf } from "../file-form.ts";
import { callModel } from "../model-api.ts";
import { callingFiles, connection } from "./connection.ts";
import { fileAnswer } from "./file-metadata.ts";

export const uploadFile = defineTask({
  type: "io.kestra.plugin.anthropic.UploadFile",
  title: "Upload a file to Anthropic",
  properties: () =>
    z.object({
      ...connection(),
      filePath: text().describe("Address of the file in the internal storage."),
      mimeType: text().describe("What is in it, such as application/pdf."),
      filename: text().optional().describe("Its name at Anthropic. Default: the end of its address."),
    }),
  outputs: () =>
    z.object({
      fileId: z.string().describe("Id of the file."),
      filename: z.string().optional().describe("Its name."),
      size: z.int().optional().describe("Its size in bytes."),
    }),
  examples: [
    {
      title: "Upload a report",
      code: [
        "id: upload",
        "type: io.kestra.plugin.anthropic.UploadFile",
        `apiKey: "{{ secret('ANTHROPIC_API_KEY') }}"`,
        'filePath: "{{ inputs.report }}"',
        "mimeType: application/pdf",
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties, files } = context;
    const { filePath: uri, mimeType, filename } = properties;
    const { id, ...file } = await callModel(context, {
      ...callingFiles(properties),
      path: "/files",
      content: await fileForm(files, { uri, mimeType, name: filename ?? fileNameOf(uri) }),
      answer: fileAnswer(),
    });
    if (file.size_bytes !== undefined) context.metric({ name: "file.size", type: "counter", value: file.size_bytes });
    context.log.info(`Anthropic keeps ${file.filename ?? uri} as ${id}`);
    return { fileId: id, filename: file.filename, size: file.size_bytes };
  },
});
