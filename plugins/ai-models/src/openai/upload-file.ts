import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { fileForm, fileNameOf } from "../file-form.ts";
import { callModel } from "../model-api.ts";
import { calling, connection } from "./connection.ts";

export const uploadFile = defineTask({
  type: "io.kestra.plugin.openai.UploadFile",
  title: "Upload a file to OpenAI",
  properties: () =>
    z.object({
      ...connection(),
      from: text().describe("Address of the file in the internal storage."),
      purpose: text().describe("What it is for, such as user_data, assistants, batch or fine-tune."),
    }),
  outputs: () => z.object({ fileId: z.string().describe("Id of the file at OpenAI.") }),
  examples: [
    {
      title: "Upload a document, to ask about it",
      code: [
        "id: upload",
        "type: io.kestra.plugin.openai.UploadFile",
        `apiKey: "{{ secret('OPENAI_API_KEY') }}"`,
        "clientTimeout: 300",
        'from: "{{ inputs.document }}"',
        "purpose: user_data",
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties, files } = context;
    const { from, purpose } = properties;
    const name = fileNameOf(from);
    const { id, bytes } = await callModel(context, {
      ...calling(properties),
      path: "/files",
      content: await fileForm(files, { uri: from, name, mimeType: "application/octet-stream", fields: { purpose } }),
      answer: z.looseObject({ id: z.string(), bytes: z.number().optional() }),
    });
    if (bytes !== undefined) context.metric({ name: "file.size", type: "counter", value: bytes });
    context.log.info(`OpenAI keeps ${name} as ${id}`);
    return { fileId: id };
  },
});
