import { anyValue, defineTask, listOrText, storeOutputFiles, text } from "@capstan/sdk";
import { z } from "zod";
import { configuration } from "../any-model/configuration.ts";
import { conversationOutputs } from "../any-model/conversation-outputs.ts";
import { guardrails } from "../any-model/guardrails.ts";
import { provider } from "../any-model/provider.ts";
import { lateElement, lateElements, renderedElement, renderedElements } from "../element.ts";
import { TOOLS } from "../tools/tool-kinds.ts";
import { roundsMax } from "./agent-properties.ts";
import { converse } from "./converse.ts";

export const aiAgent = defineTask({
  type: "io.kestra.plugin.ai.agent.AIAgent",
  title: "Have a model work on something with tools",
  description:
    "Asks a model, calls the tools that it wants, and asks again with what came of them, until it has an answer. What fails in a tool is told to the model, which may try something else. Each answer must be there within the `timeout` of the task, or within two minutes.",
  properties: () =>
    z.object({
      provider: provider(),
      prompt: text().describe("What is asked or to be done."),
      systemMessage: text().optional().describe("Who the model is, and what rules it keeps."),
      configuration: configuration().default({}).describe("How the model answers."),
      tools: lateElements()
        .optional()
        .describe("What the model may call, such as a `type: io.kestra.plugin.ai.tool.StdioMcpClient`."),
      maxSequentialToolsInvocations: roundsMax(),
      contentRetrievers: lateElements()
        .optional()
        .describe(
          "What finds sources for the answer, such as a `type: io.kestra.plugin.ai.retriever.TavilyWebSearch`.",
        ),
      memory: lateElement()
        .optional()
        .describe("Where the conversation is remembered, such as a `type: io.kestra.plugin.ai.memory.KestraKVStore`."),
      guardrails: guardrails(),
      outputFiles: listOrText()
        .optional()
        .describe("Globs of files that tools write into the folder of the task, and that are kept."),
      observability: anyValue()
        .optional()
        .meta({ deprecated: true, description: "Accepted for compatibility, without effect." }),
    }),
  outputs: () => z.object(conversationOutputs()),
  examples: [
    {
      title: "Answer with the help of the web and of the conversation so far",
      code: [
        "id: agent",
        "type: io.kestra.plugin.ai.agent.AIAgent",
        'prompt: "{{ inputs.question }}"',
        "provider:",
        "  type: io.kestra.plugin.ai.provider.MistralAI",
        `  apiKey: "{{ secret('MISTRAL_API_KEY') }}"`,
        "  modelName: mistral-large-latest",
        "tools:",
        "  - type: io.kestra.plugin.ai.tool.TavilyWebSearch",
        `    apiKey: "{{ secret('TAVILY_API_KEY') }}"`,
        "memory:",
        "  type: io.kestra.plugin.ai.memory.KestraKVStore",
        '  memoryId: "chat-{{ inputs.user }}"',
        "",
      ].join("\n"),
    },
    {
      title: "Work with files through an MCP server, and keep what was written",
      code: [
        "id: agent",
        "type: io.kestra.plugin.ai.agent.AIAgent",
        "prompt: Write a haiku about rain into haiku.txt.",
        "provider:",
        "  type: io.kestra.plugin.ai.provider.Anthropic",
        `  apiKey: "{{ secret('ANTHROPIC_API_KEY') }}"`,
        "  modelName: claude-sonnet-4-5",
        "tools:",
        "  - type: io.kestra.plugin.ai.tool.StdioMcpClient",
        "    command: [npx, -y, '@modelcontextprotocol/server-filesystem', .]",
        "outputFiles: [haiku.txt]",
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties, files } = context;
    const { memory, outputFiles = [], maxSequentialToolsInvocations, ...asked } = properties;
    const outputs = await converse(context, TOOLS, {
      ...asked,
      roundsMax: maxSequentialToolsInvocations,
      tools: await renderedElements(context, asked.tools, "tools"),
      contentRetrievers: await renderedElements(context, asked.contentRetrievers, "contentRetrievers"),
      memory: memory && (await renderedElement(context, memory)),
    });
    if (outputFiles.length === 0) return outputs;
    return { ...outputs, outputFiles: await storeOutputFiles(await context.workingDirectory(), outputFiles, files) };
  },
});
