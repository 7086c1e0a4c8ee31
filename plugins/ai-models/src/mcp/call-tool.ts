import { anyMap, defineTask, dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { withSession } from "./connect.ts";
import { connection } from "./properties.ts";
import { resultText } from "./session.ts";

export const callTool = defineTask({
  type: "io.kestra.plugin.ai.mcp.CallTool",
  title: "Call a tool of an MCP server",
  description: "Calls a tool directly, without a model that decides to.",
  properties: () =>
    z.object({
      ...connection(),
      tool: text().describe("Name of the tool."),
      arguments: anyMap().optional().describe("What it is called with."),
      failOnToolError: dynamic(z.boolean())
        .default(true)
        .describe("Whether the task fails when the tool does. Default: true."),
    }),
  outputs: () =>
    z.object({
      result: z.string().describe("What the tool answered, as a text."),
      structuredContent: z.unknown().optional().describe("The same as a value, where the tool has one."),
      isError: z.boolean().describe("Whether the tool failed."),
      errorMessage: z.string().optional().describe("Why it failed."),
    }),
  examples: [
    {
      title: "Look something up",
      code: [
        "id: weather",
        "type: io.kestra.plugin.ai.mcp.CallTool",
        "url: https://example.com/mcp",
        "headers:",
        `  Authorization: "Bearer {{ secret('MCP_TOKEN') }}"`,
        "tool: get_weather",
        "arguments:",
        '  city: "{{ inputs.city }}"',
        "",
      ].join("\n"),
    },
  ],
  async run(context) {
    const { properties, log } = context;
    const { tool, arguments: input = {}, failOnToolError } = properties;
    const answer = await withSession(context, properties, (session) => session.callTool(tool, input));
    const text = resultText(answer);
    const { structuredContent } = answer;
    if (answer.isError !== true) {
      log.info(`The tool ${tool} answered`);
      return { result: text, structuredContent, isError: false };
    }
    const outputs = { result: text, structuredContent, isError: true, errorMessage: text };
    if (failOnToolError) throw new TaskFailure(`The tool ${tool} failed: ${text}`, { outputs });
    log.warn(`The tool ${tool} failed: ${text}`);
    return outputs;
  },
});
