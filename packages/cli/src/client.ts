import type { ExecutionAnswer } from "@capstan/api";
import { Mistake } from "./mistake.ts";
import { readEvents, type ServerEvent } from "./server-events.ts";

export interface Connection {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** `name:password` of basic authentication. */
  readonly user?: string;
}

export interface FlowAnswer {
  readonly id: string;
  readonly namespace: string;
  readonly revision: number;
  readonly disabled?: boolean;
  readonly description?: string;
  readonly source?: string;
  readonly inputs?: readonly { readonly id: string; readonly type: string }[];
}

export interface LogAnswer {
  readonly timestamp: string;
  readonly level: string;
  readonly message: string;
  readonly taskId?: string;
}

export interface PageAnswer<Item> {
  readonly results: readonly Item[];
  readonly total: number;
}

export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** A server, as its API shows it. Every call throws `Mistake` with the server's own words when it refuses. */
export interface Client {
  listFlows(query: Query): Promise<PageAnswer<FlowAnswer>>;
  /** Undefined when there is no such flow. */
  getFlow(namespace: string, id: string, revision?: number): Promise<FlowAnswer | undefined>;
  createFlow(source: string): Promise<FlowAnswer>;
  updateFlow(namespace: string, id: string, source: string): Promise<FlowAnswer>;
  deleteFlow(namespace: string, id: string): Promise<void>;
  startExecution(
    namespace: string,
    flowId: string,
    inputs: FormData,
    labels: readonly string[],
  ): Promise<ExecutionAnswer>;
  listExecutions(query: Query): Promise<PageAnswer<ExecutionAnswer>>;
  getExecution(id: string): Promise<ExecutionAnswer>;
  followExecution(id: string, signal: AbortSignal): AsyncIterable<ServerEvent<ExecutionAnswer>>;
  followLogs(id: string, signal: AbortSignal): AsyncIterable<ServerEvent<LogAnswer>>;
  killExecution(id: string): Promise<void>;
  restartExecution(id: string): Promise<ExecutionAnswer>;
  listLogs(id: string, level?: string): Promise<readonly LogAnswer[]>;
}

export function createClient(connection: Connection): Client {
  const send = createSender(connection);
  const json = async <Answer>(method: string, path: string, request: Call = {}) =>
    (await (await send(method, path, request)).json()) as Answer;
  const yaml = (source: string): Call => ({ body: source, headers: { "content-type": "application/x-yaml" } });
  return {
    listFlows: (query) => json("GET", "flows/search", { query }),
    getFlow: async (namespace, id, revision) => {
      const response = await send("GET", `flows/${part(namespace)}/${part(id)}`, {
        query: { source: "true", revision },
        missing: true,
      });
      return response.status === 404 ? undefined : ((await response.json()) as FlowAnswer);
    },
    createFlow: (source) => json("POST", "flows", yaml(source)),
    updateFlow: (namespace, id, source) => json("PUT", `flows/${part(namespace)}/${part(id)}`, yaml(source)),
    deleteFlow: async (namespace, id) => void (await send("DELETE", `flows/${part(namespace)}/${part(id)}`)),
    startExecution: (namespace, flowId, inputs, labels) =>
      json("POST", `executions/${part(namespace)}/${part(flowId)}`, { body: inputs, query: { labels } }),
    listExecutions: (query) => json("GET", "executions/search", { query }),
    getExecution: (id) => json("GET", `executions/${part(id)}`),
    followExecution: async function* (id, signal) {
      yield* readEvents(await send("GET", `executions/${part(id)}/follow`, { signal }));
    },
    followLogs: async function* (id, signal) {
      yield* readEvents(await send("GET", `logs/${part(id)}/follow`, { signal }));
    },
    killExecution: async (id) => void (await send("DELETE", `executions/${part(id)}/kill`)),
    restartExecution: (id) => json("POST", `executions/${part(id)}/restart`),
    listLogs: (id, level) => json("GET", `logs/${part(id)}`, { query: { minLevel: level } }),
  };
}

interface Call {
  readonly query?: Query;
  readonly body?: string | FormData;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Answers a 404 instead of throwing. */
  readonly missing?: boolean;
}

function createSender({ url, user }: Connection) {
  const base = `${url.replace(/\/+$/, "")}/api/v1/main/`;
  const authorization = user === undefined ? {} : { authorization: `Basic ${Buffer.from(user).toString("base64")}` };
  return async (method: string, path: string, request: Call = {}): Promise<Response> => {
    const address = new URL(path, base);
    for (const [name, value] of Object.entries(request.query ?? {}))
      for (const item of Array.isArray(value) ? value : [value])
        if (item !== undefined) address.searchParams.append(name, String(item));
    const response = await reach(address, {
      method,
      headers: { ...authorization, ...request.headers },
      ...(request.body !== undefined && { body: request.body }),
      ...(request.signal !== undefined && { signal: request.signal }),
    });
    if (response.ok || (request.missing === true && response.status === 404)) return response;
    throw await refusalOf(response);
  };
}

async function reach(address: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
    const reason = cause?.code ?? (error instanceof Error ? error.message : String(error));
    throw new Mistake(`no server answers at ${address.origin} (${reason}) — name it with --server or CAPSTAN_SERVER`, {
      cause: error,
      exitCode: 1,
    });
  }
}

async function refusalOf(response: Response): Promise<Mistake> {
  const body = await response.text();
  const hint = response.status === 401 ? " — give --user name:password or CAPSTAN_USER" : "";
  return new Mistake(`${response.status} ${messageOf(body) ?? response.statusText}${hint}`, { exitCode: 1 });
}

function messageOf(body: string): string | undefined {
  try {
    const problem = JSON.parse(body) as { readonly detail?: string; readonly message?: string };
    return problem.detail ?? problem.message;
  } catch {
    return body.trim() === "" ? undefined : body.slice(0, 500);
  }
}

function part(text: string): string {
  return encodeURIComponent(text);
}
