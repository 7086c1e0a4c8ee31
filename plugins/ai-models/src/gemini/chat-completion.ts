import { defineTask, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { typedMessages } from "../typed-messages.ts";
import { connection, generateContent, outcomeOf, prediction, predictionOf } from "./generate-content.ts";

export const chatCompletion = defineTask({
  type: "io.kestra.plugin.gemini.ChatCompletion",
  title: "Ask a chat model of Gemini",
  description: "Sends a conversation. An answer that Gemini holds back ends the task with a warning.",
  properties: () => z.object({ ...connection(), messages: typedMessages(["SYSTEM", "AI", "USER"]) }),
  outputs: () => z.object({ predictions: z.array(prediction()).describe("The answers; mostly one.") }),
  examples: [
    {
      title: "Ask with an instruction",
      code: [
        "id: ask",
        "type: io.kestra.plugin.gemini.ChatCompletion",
        `apiKey: "{{ secret('GEMINI_API_KEY') }}"`,
        "model: gemini-2.5-flash",
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
    const { messages, ...model } = context.properties;
    const said = messages.filter(({ type }) => type !== "SYSTEM");
    if (said.length === 0) throw new TaskFailure("Nothing is asked: `messages` has none of the type USER or AI.");
    const system = messages.filter(({ type }) => type === "SYSTEM").map(({ content }) => ({ text: content }));
    const answer = await generateContent(context, model, {
      contents: said.map(({ type, content }) => ({
        role: type === "AI" ? "model" : "user",
        parts: [{ text: content }],
      })),
      ...(system.length > 0 && { systemInstruction: { parts: system } }),
    });
    return outcomeOf(answer, { predictions: (answer.candidates ?? []).map(predictionOf) });
  },
});
