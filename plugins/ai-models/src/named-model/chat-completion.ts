import { defineTask, secret, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { bearer, completeChat, firstText } from "../chat-completions.ts";
import { chatMessages, typedMessages } from "../typed-messages.ts";
import type { NamedModelVendor } from "./vendors.ts";

/** The task that asks such a vendor. */
export function chatCompletion(vendor: NamedModelVendor) {
  return defineTask({
    type: vendor.type,
    title: `Ask a chat model of ${vendor.name}`,
    properties: () =>
      z.object({
        apiKey: secret().describe("Key of the API."),
        baseUrl: text()
          .default(vendor.baseUrl)
          .describe(`Address of the API up to its version. Default: ${vendor.baseUrl}.`),
        modelName: text().describe(`The model, such as ${vendor.model}.`),
        messages: typedMessages(["SYSTEM", "ASSISTANT", "USER"]),
        jsonResponseSchema: text().optional().describe(vendor.schema.description),
      }),
    outputs: () =>
      z.object({
        response: z.string().describe("The text of the answer."),
        raw: z.string().describe("The whole answer, as JSON."),
      }),
    examples: [
      {
        title: "Ask with an instruction",
        code: [
          "id: ask",
          `type: ${vendor.type}`,
          `apiKey: "{{ secret('${vendor.secret}') }}"`,
          `modelName: ${vendor.model}`,
          "messages:",
          "  - type: SYSTEM",
          "    content: Answer in one sentence.",
          "  - type: USER",
          '    content: "{{ inputs.question }}"',
          "",
        ].join("\n"),
      },
    ],
    async run(context) {
      const { apiKey, baseUrl, modelName, messages, jsonResponseSchema } = context.properties;
      if (messages.length === 0) throw new TaskFailure("Nothing is asked: `messages` is empty.");
      const hasSchema = jsonResponseSchema !== undefined && jsonResponseSchema.trim() !== "";
      const { instruction, ...format } = hasSchema ? vendor.schema.parameters(jsonResponseSchema) : {};
      const told = instruction === undefined ? [] : [{ role: "system", content: instruction }];
      const request = { model: modelName, messages: [...told, ...chatMessages(messages)], ...format };
      const answer = await completeChat(context, { vendor: vendor.name, baseUrl, headers: bearer(apiKey), request });
      return { response: firstText(answer), raw: JSON.stringify(answer) };
    },
  });
}
