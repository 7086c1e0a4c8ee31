import { defineTask, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { askRemoteAgent } from "./remote-agent.ts";

export const a2aClient = defineTask({
  type: "io.kestra.plugin.ai.agent.A2AClient",
  title: "Ask an agent of somebody else",
  description:
    "Asks an agent that speaks the Agent2Agent protocol (A2A), in version 1.0 or 0.3, and waits until it is done.",
  properties: () =>
    z.object({
      serverUrl: text().describe("Address of the server, which has its card at /.well-known/agent-card.json."),
      prompt: text().describe("What is asked or to be done."),
    }),
  outputs: () => z.object({ textOutput: z.string().describe("The text of the answer.") }),
  examples: [
    {
      title: "Have an agent translate",
      code: [
        "id: translate",
        "type: io.kestra.plugin.ai.agent.A2AClient",
        "serverUrl: https://translator.example.com",
        'prompt: "Translate into French: {{ inputs.text }}"',
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { serverUrl, prompt } = context.properties;
    if (prompt.trim() === "") throw new TaskFailure("Nothing is asked: the `prompt` is empty.");
    const textOutput = await askRemoteAgent(context, serverUrl, prompt);
    context.log.info("The agent answered");
    return { textOutput };
  },
});
