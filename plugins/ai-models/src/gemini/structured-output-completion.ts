import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { schemaOf } from "../json-schema-text.ts";
import { connection, generateContent, outcomeOf, textOf } from "./generate-content.ts";

export const structuredOutputCompletion = defineTask({
  type: "io.kestra.plugin.gemini.StructuredOutputCompletion",
  title: "Ask Gemini for JSON",
  description:
    "Sends a prompt, and has it answered in JSON of a given shape. An answer that Gemini holds back ends the task with a warning.",
  properties: () =>
    z.object({
      ...connection(),
      prompt: text().describe("What is asked."),
      jsonResponseSchema: text().describe(
        "Shape of the answer: a JSON Schema as a text, in the part of it that Gemini knows.",
      ),
    }),
  outputs: () => z.object({ predictions: z.array(z.string()).describe("The answers, as JSON; mostly one.") }),
  examples: [
    {
      title: "Find the parties of a contract",
      code: [
        "id: parties",
        "type: io.kestra.plugin.gemini.StructuredOutputCompletion",
        `apiKey: "{{ secret('GEMINI_API_KEY') }}"`,
        "model: gemini-2.5-flash",
        'prompt: "Who are the parties of this contract? {{ read(inputs.contract) }}"',
        "jsonResponseSchema: |",
        '  {"type": "array", "items": {"type": "string"}}',
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { prompt, jsonResponseSchema, ...model } = context.properties;
    const answer = await generateContent(context, model, {
      contents: [{ role: "user", parts: [{ text: prompt }] }],
      generationConfig: { responseMimeType: "application/json", responseSchema: schemaOf(jsonResponseSchema) },
    });
    return outcomeOf(answer, { predictions: (answer.candidates ?? []).map(textOf) });
  },
});
