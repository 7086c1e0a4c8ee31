import { defineTask } from "@capstan/sdk";
import { z } from "zod";
import { withSession } from "./connect.ts";
import { connection } from "./properties.ts";

export const listTools = defineTask({
  type: "io.kestra.plugin.ai.mcp.ListTools",
  title: "List the tools of an MCP server",
  properties: () => z.object(connection()),
  outputs: () =>
    z.object({
      tools: z
        .array(
          z.object({
            name: z.string().describe("Name of the tool."),
            description: z.string().optional().describe("What it does."),
            parameters: z.record(z.string(), z.unknown()).describe("JSON Schema of what it is called with."),
          }),
        )
        .describe("The tools."),
      count: z.int().describe("How many there are."),
    }),
  examples: [
    {
      title: "See what a server can do",
      code: ["id: tools", "type: io.kestra.plugin.ai.mcp.ListTools", "url: https://example.com/mcp", ""].join("\n"),
    },
  ],
  async run(context) {
    const found = await withSession(context, context.properties, (session) => session.listTools());
    const tools = found.map(({ name, description, inputSchema }) => ({ name, description, parameters: inputSchema }));
    context.log.info(`The MCP server has ${tools.length} tools`);
    return { tools, count: tools.length };
  },
});
