import type { Server, ServerOptions } from "../server.ts";
import { createServer } from "../server.ts";
import { createTestCatalogue } from "./catalogue.ts";
import { createMemoryRuntime, type MemoryRuntime } from "./memory-runtime.ts";

export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

export const FLOW = `id: hello
namespace: company.team
inputs:
  - id: data
    type: FILE
    required: false
tasks:
  - id: hello
    type: io.kestra.plugin.core.log.Log
    message: hi
`;

export interface Setup extends MemoryRuntime {
  readonly server: Server;
  /** Sends YAML, JSON or nothing; answers the status and the parsed body. */
  readonly call: (method: Method, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
  /** Starts the flow `hello`; answers the id of its execution. */
  readonly start: () => Promise<string>;
}
type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Of any shape; tests compare it whole or in parts. */
  readonly json: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A server on a fresh memory runtime that holds the flow `hello`. */
export async function setup(options: Partial<ServerOptions> = {}): Promise<Setup> {
  const catalogue = createTestCatalogue();
  const bundle = createMemoryRuntime(catalogue, () => NOW);
  await bundle.runtime.start();
  await bundle.runtime.flows.save("main", FLOW);
  const server = createServer(bundle.runtime, {
    host: "127.0.0.1",
    port: 0,
    catalogue,
    jsonSchema: (kind) => (kind === "flow" ? { type: "object" } : undefined),
    now: () => NOW,
    ...options,
  });
  const call: Setup["call"] = async (method, path, body, headers = {}) => {
    const payload = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const url =
      path.startsWith("/api") || path.startsWith("/health") || path === "/ping" ? path : `/api/v1/main${path}`;
    const reply = await server.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
    const isJson = String(reply.headers["content-type"]).includes("json") && reply.body !== "";
    return {
      status: reply.statusCode,
      text: reply.body,
      json: isJson ? JSON.parse(reply.body) : {},
      headers: reply.headers,
    };
  };
  const start = async () => {
    const row = await bundle.runtime.executions.create({ tenant: "main", namespace: "company.team", flowId: "hello" });
    return row.id;
  };
  return { ...bundle, server, call, start };
}
