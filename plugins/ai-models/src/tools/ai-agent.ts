import { text } from "@capstan/sdk";
import { z } from "zod";
import { roundsMax } from "../agent/agent-properties.ts";
import { converse } from "../agent/converse.ts";
import { configuration } from "../any-model/configuration.ts";
import { provider } from "../any-model/provider.ts";
import { toolName } from "../any-model/tool.ts";
import { element, type ElementKind } from "../element.ts";
import { oneText, textGiven, toolKind, type Toolset } from "./tool-kind.ts";

/** An agent that another one may ask; `kinds` are those of its own tools. */
export const agentTool = (kinds: () => readonly ElementKind<Toolset>[]) =>
  toolKind({
    type: "ai.tool.AIAgent",
    aliases: [],
    title: "Ask another agent",
    properties: () =>
      z.object({
        name: text().default("tool").describe("Name of the agent, among the other tools. Default: tool."),
        description: text().describe("What it is good for; the model chooses by it."),
        provider: provider(),
        systemMessage: text().optional().describe("Who it is, and what rules it keeps."),
        configuration: configuration().default({}).describe("How it answers."),
        tools: z.array(element()).optional().describe("What it may call itself."),
        maxSequentialToolsInvocations: roundsMax(),
        contentRetrievers: z.array(element()).optional().describe("What finds sources for its answers."),
      }),
    make: (context, { name, description, tools = [], contentRetrievers = [], ...written }) => {
      const parameters = oneText("prompt", "What the agent is asked or told to do.");
      const call = async (input: Readonly<Record<string, unknown>>) => {
        const { provider: asked, systemMessage, configuration: configured } = written;
        const outputs = await converse(context, kinds(), {
          provider: asked,
          systemMessage,
          configuration: configured,
          prompt: textGiven(input, "prompt"),
          tools,
          contentRetrievers,
          roundsMax: written.maxSequentialToolsInvocations,
        });
        return "textOutput" in outputs ? outputs.textOutput : "";
      };
      return { tools: [{ spec: { name: toolName(name), description, parameters }, call }] };
    },
  });
