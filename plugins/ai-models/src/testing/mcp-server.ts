import { writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { startServer } from "@capstan/sdk/test-kit";
import { z } from "zod";

export const TOKEN = "mcp-test-token";

/** A server with tools that do what tests need. `waiting` is told when `wait` is called, which never answers. */
function serverWithTools(waiting: () => void): McpServer {
  const server = new McpServer({ name: "tests", version: "1" }, { capabilities: { logging: {} } });
  const said = (text: string) => ({ content: [{ type: "text" as const, text }] });
  server.registerTool("shout", { description: "Says it loud.", inputSchema: { text: z.string() } }, ({ text }) =>
    said(text.toUpperCase()),
  );
  server.registerTool("fail", { description: "Never works." }, () => ({ ...said("out of paper"), isError: true }));
  server.registerTool("measure", { description: "Measures.", outputSchema: { length: z.number() } }, () => ({
    content: [],
    structuredContent: { length: 3 },
  }));
  server.registerTool(
    "write.file",
    { description: "Writes a file.", inputSchema: { name: z.string() } },
    async ({ name }) => {
      await writeFile(name, "written");
      await server.server.sendLoggingMessage({ level: "info", data: `wrote ${name}` });
      return said("done");
    },
  );
  server.registerTool("env", { description: "Shows its environment." }, () => said(JSON.stringify(process.env)));
  server.registerTool("wait", { description: "Waits for ever." }, () => {
    waiting();
    return new Promise<never>(() => {});
  });
  return server;
}

export interface WebMcpServer extends AsyncDisposable {
  readonly url: string;
  /** Of the older kind. */
  readonly sseUrl: string;
  /** When `wait` is called first. */
  readonly waiting: Promise<void>;
  /** When a stream that was open is closed from the other side. */
  readonly left: Promise<void>;
}

/** The server over HTTP, in both kinds, for those who have the token. */
export async function startMcp(): Promise<WebMcpServer> {
  const waiting = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const sessions = new Map<string, SSEServerTransport>();
  const answer = async (...[request, response]: Parameters<Parameters<typeof startServer>[0]>) => {
    const { body } = web.received.at(-1)!;
    const parsed: unknown = body === "" ? undefined : JSON.parse(body);
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return void response.writeHead(401).end("no");
    response.once("close", () => {
      if (!response.writableFinished) left.resolve();
    });
    const url = new URL(request.url ?? "", "http://localhost");
    if (url.pathname === "/sse") {
      const transport = new SSEServerTransport("/messages", response);
      sessions.set(transport.sessionId, transport);
      return serverWithTools(waiting.resolve).connect(transport);
    }
    if (url.pathname === "/messages")
      return sessions.get(url.searchParams.get("sessionId") ?? "")!.handlePostMessage(request, response, parsed);
    const transport = new StreamableHTTPServerTransport();
    await serverWithTools(waiting.resolve).connect(transport);
    return transport.handleRequest(request, response, parsed);
  };
  const web = await startServer((request, response) => {
    answer(request, response).catch((error: Error) => response.destroy(error));
  });
  return {
    url: `${web.url}/mcp`,
    sseUrl: `${web.url}/sse`,
    waiting: waiting.promise,
    left: left.promise,
    [Symbol.asyncDispose]: () => web[Symbol.asyncDispose](),
  };
}

/** The command of the same server as a program. */
export const MCP_COMMAND: readonly string[] = [process.execPath, fileURLToPath(import.meta.url)];

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await serverWithTools(() => process.stderr.write(`waiting ${process.pid}\n`)).connect(new StdioServerTransport());
