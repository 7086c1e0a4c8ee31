import { defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { answerOutputs, ask, outputsOf, violationOutputs } from "./ask.ts";
import { answeredJson, jsonText } from "./json-answer.ts";
import { askedOnce, oneQuestion } from "./one-question.ts";

const SYSTEM_MESSAGE = "You extract facts as JSON. Answer with nothing but valid JSON.";

export const jsonStructuredExtraction = defineTask({
  type: "io.kestra.plugin.ai.completion.JSONStructuredExtraction",
  aliases: [
    "io.kestra.plugin.langchain4j.JSONStructuredExtraction",
    "io.kestra.plugin.langchain4j.completion.JSONStructuredExtraction",
  ],
  title: "Have a model of any provider extract fields as JSON",
  properties: () =>
    z.object({
      ...oneQuestion(),
      schemaName: text().describe("What is extracted, such as Person."),
      jsonFields: dynamic(z.array(text())).describe("Names of the fields, each of which is a text."),
      systemMessage: text()
        .default(SYSTEM_MESSAGE)
        .describe("What the model is told to do. Default: to extract facts as JSON."),
    }),
  outputs: () =>
    z.object({
      schemaName: z.string().optional().describe("What was extracted."),
      extractedJson: z.string().optional().describe("The fields, as JSON."),
      ...answerOutputs(),
    }),
  examples: [
    {
      title: "Find the sender of a message",
      code: [
        "id: sender",
        "type: io.kestra.plugin.ai.completion.JSONStructuredExtraction",
        "schemaName: Person",
        "jsonFields: [name, email]",
        'prompt: "Who wrote this? {{ inputs.message }}"',
        "provider:",
        "  type: io.kestra.plugin.ai.provider.MistralAI",
        `  apiKey: "{{ secret('MISTRAL_API_KEY') }}"`,
        "  modelName: mistral-small-latest",
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties } = context;
    const { schemaName, jsonFields, configuration, systemMessage: system } = properties;
    if (jsonFields.length === 0) throw new TaskFailure("There is nothing to extract: `jsonFields` is empty.");
    const schema = {
      type: "object",
      properties: Object.fromEntries(jsonFields.map((field) => [field, { type: "string" }])),
      required: jsonFields,
      additionalProperties: false,
    };
    const turns = await askedOnce(context, properties);
    const format = { name: apiName(schemaName), schema };
    const asked = await ask(context, { ...properties, question: { system, turns, configuration, format } });
    if (asked.violation !== undefined) return violationOutputs(asked.violation);
    answeredJson(asked.reply);
    return { schemaName, extractedJson: jsonText(asked.reply), ...outputsOf(asked.reply) };
  },
});

/** Of letters, digits, `_` and `-`, as APIs want the name of a schema. */
function apiName(written: string): string {
  return written.replaceAll(/[^\w-]/g, "_").slice(0, 64);
}
