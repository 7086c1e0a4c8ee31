import { defineTask, text } from "@capstan/sdk";
import { z } from "zod";
import { connection, generateContent, outcomeOf, prediction, predictionOf } from "./generate-content.ts";

export const textCompletion = defineTask({
  type: "io.kestra.plugin.gemini.TextCompletion",
  title: "Ask Gemini one thing",
  description: "Sends a prompt. An answer that Gemini holds back ends the task with a warning.",
  properties: () => z.object({ ...connection(), prompt: text().describe("What is asked.") }),
  outputs: () => z.object({ predictions: z.array(prediction()).describe("The answers; mostly one.") }),
  examples: [
    {
      title: "Ask for a title",
      code: [
        "id: title",
        "type: io.kestra.plugin.gemini.TextCompletion",
        `apiKey: "{{ secret('GEMINI_API_KEY') }}"`,
        "model: gemini-2.5-flash",
        'prompt: "Find a title for this text: {{ inputs.text }}"',
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { prompt, ...model } = context.properties;
    const answer = await generateContent(context, model, { contents: [{ role: "user", parts: [{ text: prompt }] }] });
    return outcomeOf(answer, { predictions: (answer.candidates ?? []).map(predictionOf) });
  },
});
