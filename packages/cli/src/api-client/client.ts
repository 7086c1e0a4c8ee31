import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import {
  type ExecutionAnswer,
  type ExecutionExplanationAnswer,
  type HistoryEntryAnswer,
  IDEMPOTENCY_KEY_HEADER,
  type QueueAnswer,
  type TriggerExplanationAnswer,
} from "@capstan/api";
import type { JsonMap } from "@capstan/model";
import { type Call, type Connection, createSender, type Query } from "./requests.ts";
import { Mistake } from "../mistake.ts";
import { readEvents, type ServerEvent } from "./server-events.ts";

export interface FlowAnswer {
  readonly id: string;
  readonly namespace: string;
  readonly revision: number;
  readonly disabled?: boolean;
  readonly description?: string;
  readonly source?: string;
  readonly inputs?: readonly { readonly id: string; readonly type: string }[];
}

export interface TriggerAnswer {
  readonly trigger: { readonly type: string; readonly disabled?: boolean };
  readonly state: {
    readonly namespace: string;
    readonly flowId: string;
    readonly triggerId: string;
    readonly disabled: boolean;
    readonly lastTriggeredDate?: string;
    readonly nextEvaluationDate?: string;
    readonly lagMs?: number;
    readonly executionId?: string;
    readonly backfill?: { readonly paused: boolean };
  };
}

export interface ValidationAnswer {
  /** Every error, one a line; absent when there is none. */
  readonly constraints?: string;
  readonly warnings?: readonly string[];
}

export interface LogAnswer {
  readonly timestamp: string;
  readonly level: string;
  readonly message: string;
  readonly taskId?: string;
}

export interface WorkerAnswer {
  readonly id: string;
  readonly name: string;
  readonly groups: readonly string[];
  readonly version: string;
  readonly host: string;
  readonly state: string;
  readonly since: string;
  readonly silentMs: number;
  readonly running: number;
  readonly capacity: number;
}

export interface MemberAnswer {
  readonly name: string;
  readonly address?: string;
  readonly version: string;
  readonly roles: readonly string[];
  readonly state: string;
  readonly startedAt: string;
  readonly silentMs: number;
}

export interface PageAnswer<Item> {
  readonly results: readonly Item[];
  readonly total: number;
}

/** A server, as its API shows it. Every call throws `Mistake` with the server's own words when it refuses. */
export interface Client {
  listFlows(query: Query): Promise<PageAnswer<FlowAnswer>>;
  /** Undefined when there is no such flow. */
  getFlow(namespace: string, id: string, revision?: number): Promise<FlowAnswer | undefined>;
  createFlow(source: string): Promise<FlowAnswer>;
  updateFlow(namespace: string, id: string, source: string): Promise<FlowAnswer>;
  deleteFlow(namespace: string, id: string): Promise<void>;
  /** What the server would say to the source, without storing it. */
  validateFlow(source: string): Promise<ValidationAnswer>;
  startExecution(
    namespace: string,
    flowId: string,
    inputs: FormData,
    options: { readonly labels: readonly string[]; readonly idempotencyKey?: string | undefined },
  ): Promise<ExecutionAnswer>;
  listExecutions(query: Query): Promise<PageAnswer<ExecutionAnswer>>;
  getExecution(id: string): Promise<ExecutionAnswer>;
  followExecution(id: string, signal: AbortSignal): AsyncIterable<ServerEvent<ExecutionAnswer>>;
  followLogs(id: string, signal: AbortSignal): AsyncIterable<ServerEvent<LogAnswer>>;
  killExecution(id: string): Promise<void>;
  restartExecution(id: string): Promise<ExecutionAnswer>;
  resumeExecution(id: string, inputs: FormData): Promise<ExecutionAnswer>;
  /** Decides about the approval that waits; `taskRunId` when several do. */
  reviewExecution(
    id: string,
    review: { readonly decision: "APPROVE" | "DENY"; readonly taskRunId?: string | undefined },
    form: FormData,
  ): Promise<ExecutionAnswer>;
  listLogs(id: string, level?: string): Promise<readonly LogAnswer[]>;
  listQueues(query: Query): Promise<PageAnswer<QueueAnswer>>;
  listMembers(): Promise<readonly MemberAnswer[]>;
  listWorkers(): Promise<readonly WorkerAnswer[]>;
  /** The archive, while it is made. */
  exportExecution(id: string): Promise<Readable>;
  importExecution(archive: Blob): Promise<ExecutionAnswer & { readonly warnings: readonly string[] }>;
  explainExecution(id: string): Promise<ExecutionExplanationAnswer>;
  executionHistory(id: string, size: number): Promise<PageAnswer<HistoryEntryAnswer>>;
  listTriggers(query: Query): Promise<PageAnswer<TriggerAnswer>>;
  setTriggerDisabled(namespace: string, flowId: string, triggerId: string, disabled: boolean): Promise<void>;
  /** Starts an execution by the `trigger` variables that are given and samples of the others. */
  testTrigger(namespace: string, flowId: string, triggerId: string, variables: JsonMap): Promise<ExecutionAnswer>;
  /** With an `executionId`, also what a flow trigger would make of that execution. */
  explainTrigger(
    namespace: string,
    flowId: string,
    triggerId: string,
    executionId?: string,
  ): Promise<TriggerExplanationAnswer>;
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
    validateFlow: async (source) => (await json<[ValidationAnswer]>("POST", "flows/validate", yaml(source)))[0],
    startExecution: (namespace, flowId, inputs, { labels, idempotencyKey: key }) =>
      json("POST", `executions/${part(namespace)}/${part(flowId)}`, {
        body: inputs,
        query: { labels },
        ...(key !== undefined && { headers: { [IDEMPOTENCY_KEY_HEADER]: key } }),
      }),
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
    reviewExecution: (id, { decision, taskRunId }, form) =>
      json("POST", `executions/${part(id)}/actions/review`, { query: { decision, taskRunId }, body: form }),
    resumeExecution: (id, inputs) => json("POST", `executions/${part(id)}/resume`, { body: inputs }),
    listQueues: (query) => json("GET", "queues/search", { query }),
    listMembers: () => json("GET", "cluster/members"),
    listWorkers: () => json("GET", "cluster/workers"),
    explainExecution: (id) => json("GET", `executions/${part(id)}/explain`),
    executionHistory: (id, size) => json("GET", `executions/${part(id)}/history`, { query: { size } }),
    explainTrigger: (namespace, flowId, triggerId, executionId) =>
      json("GET", `triggers/${part(namespace)}/${part(flowId)}/${part(triggerId)}/explain`, { query: { executionId } }),
    listTriggers: (query) => json("GET", "triggers/search", { query }),
    setTriggerDisabled: async (namespace, flowId, triggerId, disabled) =>
      void (await send("PUT", "triggers/set-disabled", jsonBody({ namespace, flowId, triggerId, disabled }))),
    testTrigger: (namespace, flowId, triggerId, variables) =>
      json("POST", `triggers/${part(namespace)}/${part(flowId)}/${part(triggerId)}/test`, jsonBody({ variables })),
    listLogs: (id, level) => json("GET", `logs/${part(id)}`, { query: { minLevel: level } }),
    exportExecution: async (id) => {
      const { body } = await send("GET", `executions/${part(id)}/export`);
      return Readable.fromWeb(body as ReadableStream);
    },
    importExecution: (archive) => {
      const form = new FormData();
      form.append("fileUpload", archive, "execution.zip");
      return json("POST", "executions/import", { body: form });
    },
  };
}

function jsonBody(value: object): Call {
  return { body: JSON.stringify(value), headers: { "content-type": "application/json" } };
}

/** A part of a path. Dots alone would lead to another path, however they are written. Throws `Mistake`. */
function part(text: string): string {
  if (/^\.{0,2}$/.test(text)) throw new Mistake(`"${text}": no id and no namespace is written so`);
  return encodeURIComponent(text);
}
