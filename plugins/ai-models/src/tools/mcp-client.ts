import { dynamic, secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { type Tool, toolName } from "../any-model/tool.ts";
import { connectTo } from "../mcp/connect.ts";
import { webServer } from "../mcp/properties.ts";
import { type McpSession, openSession, resultText } from "../mcp/session.ts";
import { standardStreams } from "../mcp/transports.ts";
import { toolKind, type Toolset } from "./tool-kind.ts";

const logEvents = () =>
  dynamic(z.boolean()).default(false).describe("Whether what the server logs goes into the log. Default: false.");
const environment = () =>
  dynamic(z.record(z.string(), secret()))
    .optional()
    .describe("Variables of its environment, which has none of the worker's.");

export const streamableHttpMcpClient = toolKind({
  type: "ai.tool.StreamableHttpMcpClient",
  aliases: [],
  title: "Tools of an MCP server",
  properties: () => z.object({ url: text().describe("Address of the server."), ...webServer() }),
  make: async (context, written) => toolsetOf(await connectTo(context, { ...written, transport: "STREAMABLE_HTTP" })),
});

export const sseMcpClient = toolKind({
  type: "ai.tool.SseMcpClient",
  aliases: ["langchain4j.tool.HttpMcpClient", "ai.tool.HttpMcpClient"],
  title: "Tools of an MCP server of the older kind",
  properties: () => z.object({ sseUrl: text().describe("Address of its events."), ...webServer() }),
  make: async (context, { sseUrl: url, ...written }) =>
    toolsetOf(await connectTo(context, { ...written, url, transport: "SSE" })),
});

export const stdioMcpClient = toolKind({
  type: "ai.tool.StdioMcpClient",
  aliases: ["langchain4j.tool.StdioMcpClient"],
  title: "Tools of an MCP server that is a program",
  properties: () =>
    z.object({
      command: dynamic(z.array(text())).describe("The program and its arguments. It runs in the folder of the task."),
      env: environment(),
      logEvents: logEvents(),
    }),
  make: (context, { command, env, logEvents: logsEvents }) => runServer(context, { command, env, logsEvents }),
});

/** Properties that only an engine spoken with directly would need. */
const UNSUPPORTED = {
  registryEmail: text,
  registryPassword: secret,
  registryUsername: text,
  registryUrl: text,
  apiVersion: text,
} as const;

export const dockerMcpClient = toolKind({
  type: "ai.tool.DockerMcpClient",
  aliases: [],
  title: "Tools of an MCP server that is a container image",
  properties: () =>
    z.object({
      image: text().describe("The image."),
      command: dynamic(z.array(text())).optional().describe("The program in it, where it is not that of the image."),
      env: environment(),
      binds: dynamic(z.array(text())).optional().describe("What is mounted, such as /host/path:/container/path:ro."),
      logEvents: logEvents(),
      dockerHost: text().optional().describe("Address of the engine. Default: that of the worker's `docker`."),
      dockerConfig: text()
        .optional()
        .describe("Folder of the configuration of `docker`, which has logins at registries."),
      dockerContext: text().optional().describe("Context of `docker`."),
      dockerCertPath: text().optional().describe("Folder of the certificates for the engine."),
      dockerTlsVerify: dynamic(z.boolean()).optional().describe("Whether the engine must prove itself."),
      ...Object.fromEntries(
        Object.entries(UNSUPPORTED).map(([name, kind]) => [
          name,
          kind()
            .optional()
            .describe("Not supported. Log in with `docker login`, and name the folder in `dockerConfig`."),
        ]),
      ),
    }),
  make: (context, written) => {
    for (const name of Object.keys(UNSUPPORTED))
      if ((written as Record<string, unknown>)[name] !== undefined)
        throw new TaskFailure(
          `\`${name}\` is not supported. Log in with \`docker login\`, and name the folder of its configuration in \`dockerConfig\`.`,
        );
    const { image, command = [], env = {}, binds = [], logEvents: logsEvents } = written;
    const variables = Object.keys(env).flatMap((name) => ["--env", name]);
    const mounts = binds.flatMap((bind) => ["--volume", bind]);
    return runServer(context, {
      command: ["docker", "run", "--rm", "--interactive", ...variables, ...mounts, image, ...command],
      env: { ...env, ...engineOf(written) },
      logsEvents,
    });
  },
});

interface Engine {
  readonly dockerHost?: string | undefined;
  readonly dockerConfig?: string | undefined;
  readonly dockerContext?: string | undefined;
  readonly dockerCertPath?: string | undefined;
  readonly dockerTlsVerify?: boolean | undefined;
}

function engineOf(written: Engine): Record<string, string> {
  const variables = {
    DOCKER_HOST: written.dockerHost,
    DOCKER_CONFIG: written.dockerConfig,
    DOCKER_CONTEXT: written.dockerContext,
    DOCKER_CERT_PATH: written.dockerCertPath,
    DOCKER_TLS_VERIFY: written.dockerTlsVerify === true ? "1" : undefined,
  };
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

interface Program {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>> | undefined;
  readonly logsEvents: boolean;
}

async function runServer(context: TaskContext<unknown>, { logsEvents, ...program }: Program): Promise<Toolset> {
  const what = `The MCP server ${program.command[0] ?? ""}`.trimEnd();
  const session = await openSession(context, { what, logsEvents, connect: () => standardStreams(context, program) });
  return toolsetOf(session);
}

async function toolsetOf(session: McpSession): Promise<Toolset> {
  try {
    const tools = (await session.listTools()).map(({ name, description = "", inputSchema }): Tool => {
      const spec = { name: toolName(name), description, parameters: inputSchema };
      return { spec, call: (input) => called(session, name, input) };
    });
    return { tools, close: () => session.close() };
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function called(session: McpSession, name: string, input: Readonly<Record<string, unknown>>): Promise<string> {
  const answer = await session.callTool(name, input);
  const result = resultText(answer);
  if (answer.isError === true) throw new TaskFailure(result);
  return result;
}
