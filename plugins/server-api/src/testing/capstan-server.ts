import { startProgram } from "@capstan/sdk/test-kit";
import { join } from "node:path";

const COMMAND = join(import.meta.dirname, "../../../../packages/cli/bin/capstan.cjs");

export interface CapstanServer extends AsyncDisposable {
  readonly url: string;
  /** Calls the API of the tenant, as the tests themselves look at it. Throws for a status from 400 on. */
  call(method: string, path: string, body?: string | object): Promise<unknown>;
  /** Stores flows. */
  apply(...sources: readonly string[]): Promise<void>;
  /** Starts an execution; answers its id. With `wait`, after its end or its pause. */
  start(
    namespace: string,
    flowId: string,
    options?: { readonly wait?: boolean; readonly labels?: string },
  ): Promise<string>;
  /** Resolves with the state once the execution is in one of these. */
  reaches(executionId: string, ...states: readonly string[]): Promise<string>;
}

/** A whole server as a process of its own, with an empty data folder; credentials are those that it asks for. */
export async function startCapstan(credentials?: {
  readonly username: string;
  readonly password: string;
}): Promise<CapstanServer> {
  const headers = credentials === undefined ? {} : { Authorization: basic(credentials) };
  const program = await startProgram({
    command: process.execPath,
    args: ({ port, folder }) => [COMMAND, "server", "--port", String(port), "--data", join(folder, "data")],
    install: "npm ci",
    environment: {
      CAPSTAN_LOGGING_LEVEL: "silent",
      ...(credentials !== undefined && {
        CAPSTAN_SERVER_BASIC_AUTH_USERNAME: credentials.username,
        CAPSTAN_SERVER_BASIC_AUTH_PASSWORD: credentials.password,
      }),
    },
  });
  const url = `http://127.0.0.1:${program.port}`;
  const call: CapstanServer["call"] = async (method, path, body) => {
    const type = typeof body === "string" ? "application/x-yaml" : "application/json";
    const response = await globalThis.fetch(`${url}/api/v1/main${path}`, {
      method,
      headers: { ...headers, ...(body !== undefined && { "Content-Type": type }) },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 400) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  };
  return {
    url,
    call,
    async apply(...sources) {
      for (const source of sources) await call("POST", "/flows", source);
    },
    async start(namespace, flowId, { wait = true, labels } = {}) {
      const query = new URLSearchParams({ wait: String(wait), ...(labels !== undefined && { labels }) });
      const { id } = (await call("POST", `/executions/${namespace}/${flowId}?${query.toString()}`)) as { id: string };
      return id;
    },
    reaches: (executionId, ...states) =>
      reaches(`${url}/api/v1/main/executions/${executionId}/follow`, headers, states),
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

/** Follows an execution; the server tells of each change. */
async function reaches(url: string, headers: Record<string, string>, states: readonly string[]): Promise<string> {
  const response = await globalThis.fetch(url, { headers: { ...headers, Accept: "text/event-stream" } });
  let told = "";
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    told += piece;
    const lines = told.split("\n");
    told = lines.pop()!;
    for (const line of lines) {
      if (!line.startsWith("data:") || line.trim() === "data:") continue;
      const { state } = JSON.parse(line.slice("data:".length)) as { state?: { current: string } };
      if (state !== undefined && states.includes(state.current)) return state.current;
    }
  }
  throw new Error(`the execution ended without ${states.join(" or ")}`);
}

function basic({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
