import { text } from "@capstan/sdk";
import { z } from "zod";
import { askRemoteAgent } from "../agent/remote-agent.ts";
import { toolName } from "../any-model/tool.ts";
import { oneText, textGiven, toolKind } from "./tool-kind.ts";

export const a2aClientTool = toolKind({
  type: "ai.tool.A2AClient",
  aliases: [],
  title: "Ask an agent of somebody else",
  properties: () =>
    z.object({
      name: text().default("tool").describe("Name of the agent, among the other tools. Default: tool."),
      description: text().describe("What it is good for; the model chooses by it."),
      serverUrl: text().describe("Address of the server, which has its card at /.well-known/agent-card.json."),
    }),
  make: (context, { name, description, serverUrl }) => {
    const parameters = oneText("prompt", "What the agent is asked or told to do.");
    const spec = { name: toolName(name), description, parameters };
    return { tools: [{ spec, call: (input) => askRemoteAgent(context, serverUrl, textGiven(input, "prompt")) }] };
  },
});
