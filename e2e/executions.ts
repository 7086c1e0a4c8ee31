/** What the API says of an execution, as far as it is read here. */
export interface Execution {
  readonly id: string;
  readonly flowId: string;
  readonly state: { readonly current: string };
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

const ENDED = new Set(["SUCCESS", "WARNING", "FAILED", "KILLED", "CANCELLED"]);

/** Starts a flow; answers its execution when the server acknowledged it, undefined when it did not live to do so. */
export async function startFlow(api: string, namespace: string, id: string): Promise<Execution | undefined> {
  return acknowledged(`${api}/executions/${namespace}/${id}`, { method: "POST", body: new FormData() });
}

export async function callWebhook(api: string, path: string): Promise<Execution | undefined> {
  return acknowledged(`${api}/executions/webhook/${path}`, { method: "POST" });
}

export async function readExecution(api: string, id: string): Promise<Execution> {
  const response = await fetch(`${api}/executions/${id}`);
  if (!response.ok) throw new Error(`execution ${id}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Execution;
}

/** Every execution of a flow. */
export async function executionsOf(api: string, namespace: string, flowId: string): Promise<readonly Execution[]> {
  const found: Execution[] = [];
  for (let page = 1; ; page += 1) {
    const query = new URLSearchParams({ namespace, flowId, size: "100", page: String(page) });
    const response = await fetch(`${api}/executions/search?${query.toString()}`);
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
    const response = await fetch(url, request);
    return response.ok ? ((await response.json()) as Execution) : undefined;
  } catch {
    // The server is gone; whether it took the request is unknown.
    return undefined;
  }
}
