import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { failureReason } from "../fetch-failure.ts";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { CallToolResult, Tool } from "@modelcontextprotocol/sdk/types.js";

/** How long a request may take where nothing else is said, in milliseconds. */
export const REQUEST_MS_MAX = 60_000;
/** Pages of a list of tools that are read. */
const PAGES_MAX = 100;

type Caller = Pick<TaskContext<unknown>, "signal" | "log">;

export interface McpOptions {
  /** What the server is called in messages. */
  readonly what: string;
  readonly timeoutMs?: number | undefined;
  readonly logsRequests?: boolean;
  readonly logsResponses?: boolean;
  /** Whether what the server has to say for its log goes into this one. */
  readonly logsEvents?: boolean;
  /** Makes the transport; the libraries of it are loaded then. */
  readonly connect: () => Promise<Transport>;
}

/** A connection to a server of the Model Context Protocol, until it is closed. */
export interface McpSession {
  listTools(): Promise<readonly Tool[]>;
  callTool(name: string, input: Readonly<Record<string, unknown>>): Promise<CallToolResult>;
  close(): Promise<void>;
}

/** Connects to a server, and closes the connection when the caller is told to stop. Throws `TaskFailure` that says what went wrong. */
export async function openSession(caller: Caller, options: McpOptions): Promise<McpSession> {
  const { signal, log } = caller;
  const { what, timeoutMs = REQUEST_MS_MAX } = options;
  signal.throwIfAborted();
  const { Client: McpClient } = await import("@modelcontextprotocol/sdk/client/index.js");
  const client = new McpClient({ name: "capstan", version: "1" });
  // Whoever closes it a second time waits as well, until a program has ended.
  let closing: Promise<void> | undefined;
  const end = () => (closing ??= client.close());
  const stop = () => void end().catch((error: Error) => log.debug(`${what} is not closed: ${error.message}`));
  signal.addEventListener("abort", stop, { once: true });
  const close = async () => {
    signal.removeEventListener("abort", stop);
    await end();
  };
  try {
    if (options.logsEvents === true) await listenToEvents(client, caller, what);
    await client.connect(await options.connect(), { timeout: timeoutMs, signal });
  } catch (error) {
    await close();
    throw failureOf(caller, `${what} can't be reached`, error);
  }
  const asked = async <Answer>(name: string, request: unknown, ask: () => Promise<Answer>): Promise<Answer> => {
    if (options.logsRequests === true) log.info(`${what} is asked for ${name}: ${JSON.stringify(request)}`);
    try {
      const answer = await ask();
      if (options.logsResponses === true) log.info(`${what} answered: ${JSON.stringify(answer)}`);
      return answer;
    } catch (error) {
      throw failureOf(caller, `${what} did not answer ${name}`, error);
    }
  };
  const request = { timeout: timeoutMs, signal };
  return {
    listTools: () => asked("tools/list", {}, () => allTools(client, request)),
    callTool: (name, input) =>
      asked("tools/call", { name, arguments: input }, async () => {
        const answer = await client.callTool({ name, arguments: { ...input } }, undefined, request);
        return answer as CallToolResult;
      }),
    close,
  };
}

async function allTools(client: Client, request: { readonly timeout: number; readonly signal: AbortSignal }) {
  const tools: Tool[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await client.listTools(cursor === undefined ? {} : { cursor }, request);
    tools.push(...answer.tools);
    cursor = answer.nextCursor;
    if (cursor === undefined) return tools;
  }
  throw new TaskFailure(`its list of tools has more than ${PAGES_MAX} pages`);
}

async function listenToEvents(client: Client, { log }: Caller, what: string): Promise<void> {
  const { LoggingMessageNotificationSchema } = await import("@modelcontextprotocol/sdk/types.js");
  client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params: { level, data } }) => {
    const told = `${what} (${level}): ${typeof data === "string" ? data : JSON.stringify(data)}`;
    if (level === "debug") log.debug(told);
    else if (level === "info" || level === "notice") log.info(told);
    else log.warn(told);
  });
}

function failureOf({ signal }: Caller, what: string, error: unknown): unknown {
  if (signal.aborted) return signal.reason;
  return new TaskFailure(`${what}: ${failureReason(error as Error)}`, { cause: error });
}

/** What a tool answered, as one text for people and models; what is no text is only named. */
export function resultText({ content, structuredContent }: CallToolResult): string {
  if (content.length === 0 && structuredContent !== undefined) return JSON.stringify(structuredContent);
  return content
    .map((part) => {
      if (part.type === "text") return part.text;
      if (part.type === "resource") return "text" in part.resource ? part.resource.text : `[${part.resource.uri}]`;
      if (part.type === "resource_link") return `[${part.uri}]`;
      return `[${part.type}: ${part.mimeType}]`;
    })
    .join("\n");
}
