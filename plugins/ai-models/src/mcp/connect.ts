import type { TaskContext } from "@capstan/sdk";
import type { WrittenConnection } from "./properties.ts";
import { type McpSession, openSession } from "./session.ts";
import { serverSentEvents, streamableHttp } from "./transports.ts";

/** Connects to a server over HTTP. */
export function connectTo(
  context: TaskContext<unknown>,
  { url, transport, headers, timeout, logRequests, logResponses }: WrittenConnection,
): Promise<McpSession> {
  const open = transport === "SSE" ? serverSentEvents : streamableHttp;
  return openSession(context, {
    what: "The MCP server",
    timeoutMs: timeout,
    logsRequests: logRequests,
    logsResponses: logResponses,
    connect: () => open({ url, headers }),
  });
}

/** Connects, and closes the connection when `use` has ended. */
export async function withSession<Result>(
  context: TaskContext<unknown>,
  connection: WrittenConnection,
  use: (session: McpSession) => Promise<Result>,
): Promise<Result> {
  const session = await connectTo(context, connection);
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}
