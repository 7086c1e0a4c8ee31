import { type TaskContext, TaskFailure } from "@capstan/sdk";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";

/** Of what a program says besides the protocol, in characters a piece. */
const SAID_MAX = 2_000;

interface WebServer {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A transport over HTTP, of the newer kind. Throws `TaskFailure` for what is no address. */
export async function streamableHttp({ url, headers = {} }: WebServer): Promise<Transport> {
  const address = webAddress(url);
  const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");
  return new StreamableHTTPClientTransport(address, { requestInit: { headers: { ...headers } } });
}

/** A transport over HTTP, of the older kind. Throws `TaskFailure` for what is no address. */
export async function serverSentEvents({ url, headers = {} }: WebServer): Promise<Transport> {
  const address = webAddress(url);
  const { SSEClientTransport } = await import("@modelcontextprotocol/sdk/client/sse.js");
  return new SSEClientTransport(address, { requestInit: { headers: { ...headers } } });
}

/** The address itself stays out of the message: it may hold a key. */
function webAddress(url: string): URL {
  if (/^https?:\/\//i.test(url.trim()) && URL.canParse(url.trim())) return new URL(url.trim());
  throw new TaskFailure("its address is none of a server. Give one such as https://example.com/mcp");
}

interface Program {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** A transport to a program that runs as long as it is used, in the folder of the task. It has none of the worker's own variables. */
export async function standardStreams(
  { workingDirectory, log }: Pick<TaskContext<unknown>, "workingDirectory" | "log">,
  { command: [program, ...args], env = {} }: Program,
): Promise<Transport> {
  if (program === undefined || program === "")
    throw new TaskFailure("`command` is empty: name the program that serves");
  const { getDefaultEnvironment, StdioClientTransport } = await import("@modelcontextprotocol/sdk/client/stdio.js");
  const transport = new StdioClientTransport({
    command: program,
    args,
    env: { ...getDefaultEnvironment(), ...env },
    cwd: await workingDirectory(),
    stderr: "pipe",
  });
  transport.stderr?.on("data", (said: Buffer) => log.debug(said.toString("utf8").trimEnd().slice(0, SAID_MAX)));
  return transport;
}
