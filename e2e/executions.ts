/** What the API says of an execution, as far as it is read here. */
export interface Execution {
  readonly id: string;
  readonly flowId: string;
  readonly state: {
    readonly current: string;
    readonly histories: readonly { readonly state: string; readonly date: string }[];
  };
  readonly error?: string;
  readonly trigger?: { readonly variables: Readonly<Record<string, unknown>> };
  readonly taskRunList?: readonly {
    readonly taskId: string;
    readonly value?: string;
    readonly iteration?: number;
    readonly parentTaskRunId?: string;
    readonly state: { readonly current: string };
  }[];
}

/** How long an answer may take, in milliseconds; well above what a busy machine needs. */
const ANSWER_MS_MAX = 30_000;
const ENDED = new Set(["SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED"]);

/** Asks a server; rejects with the address of what is not answered in time. */
export async function ask(url: string, request: RequestInit = {}): Promise<Response> {
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  try {
    return await fetch(url, { ...request, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Unanswered(`${request.method ?? "GET"} ${url}: no answer within ${ANSWER_MS_MAX / 1_000} seconds`);
  }
}

class Unanswered extends Error {}

/** Starts a flow; answers its execution when the server acknowledged it, undefined when it did not live to do so. */
export async function startFlow(api: string, namespace: string, id: string): Promise<Execution | undefined> {
  return acknowledged(`${api}/executions/${namespace}/${id}`, { method: "POST", body: new FormData() });
}

export async function callWebhook(api: string, path: string): Promise<Execution | undefined> {
  return acknowledged(`${api}/executions/webhook/${path}`, { method: "POST" });
}

export async function readExecution(api: string, id: string): Promise<Execution> {
  const response = await ask(`${api}/executions/${id}`);
  if (!response.ok) throw new Error(`execution ${id}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Execution;
}

/** Every execution of a flow. */
export async function executionsOf(api: string, namespace: string, flowId: string): Promise<readonly Execution[]> {
  const found: Execution[] = [];
  for (let page = 1; ; page += 1) {
    const query = new URLSearchParams({ namespace, flowId, size: "100", page: String(page) });
    const response = await ask(`${api}/executions/search?${query.toString()}`);
    const { results } = (await response.json()) as { readonly results: readonly Execution[] };
    found.push(...results);
    if (results.length < 100) return found;
  }
}

export function hasEnded({ state }: Execution): boolean {
  return ENDED.has(state.current);
}

async function acknowledged(url: string, request: RequestInit): Promise<Execution | undefined> {
  try {
    const response = await ask(url, request);
    return response.ok ? ((await response.json()) as Execution) : undefined;
  } catch (error) {
    if (error instanceof Unanswered) throw error;
    // The server is gone; whether it took the request is unknown.
    return undefined;
  }
}
