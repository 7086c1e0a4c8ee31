import { type Credentials, startWholeServer, type WholeServer } from "@capstan/sdk/test-kit";

export interface CapstanServer extends Omit<WholeServer, "headers"> {
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

/** A whole server with an empty data folder; credentials are those that it asks for. */
export async function startCapstan(credentials?: Credentials): Promise<CapstanServer> {
  const program = await startWholeServer({ credentials });
  const { url, headers, call } = program;
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
async function reaches(
  url: string,
  headers: Readonly<Record<string, string>>,
  states: readonly string[],
): Promise<string> {
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
