import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StartedProgram, startProgram } from "@capstan/sdk/test-kit";
import { onTestFinished } from "vitest";

const COMMAND = join(import.meta.dirname, "../../../../packages/cli/bin/capstan.cjs");

/** A whole server, which can be killed and started again over the same data. */
export interface WatchingServer {
  start(): Promise<void>;
  /** As `kill -9` does. */
  kill(): Promise<void>;
  apply(flow: string): Promise<void>;
  /** Names of files that executions were started for, once for each execution that has them. */
  told(): Promise<readonly string[]>;
  /** States of all executions. */
  states(): Promise<readonly string[]>;
}

interface Execution {
  readonly state: { readonly current: string };
  readonly trigger?: { readonly variables: { readonly files: readonly { readonly name: string }[] } };
}

/** A server whose flows may change files below the folder. */
export function watchingServer(writable: string): WatchingServer {
  const data = mkdtempSync(join(tmpdir(), "capstan-watching-"));
  let program: StartedProgram | undefined;
  onTestFinished(async () => {
    await program?.[Symbol.asyncDispose]();
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  });
  const call = async (method: string, path: string, body?: string) => {
    const url = `http://127.0.0.1:${program!.port}/api/v1/main${path}`;
    const headers = { "Content-Type": "application/x-yaml" };
    const response = await fetch(url, { method, ...(body !== undefined && { headers, body }) });
    const text = await response.text();
    if (response.status >= 400) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
    return JSON.parse(text) as { readonly results: readonly Execution[] };
  };
  const executions = async () => (await call("GET", "/executions/search?size=1000")).results;
  return {
    async start() {
      program = await startProgram({
        command: process.execPath,
        args: ({ port }) => [COMMAND, "server", "--port", String(port), "--data", data],
        install: "npm ci",
        environment: { CAPSTAN_LOGGING_LEVEL: "silent", CAPSTAN_LOCAL_FILES_WRITABLE_PATHS: writable },
      });
    },
    async kill() {
      await program?.[Symbol.asyncDispose]();
      program = undefined;
    },
    apply: async (flow) => void (await call("POST", "/flows", flow)),
    told: async () =>
      (await executions()).flatMap(({ trigger }) => (trigger?.variables.files ?? []).map(({ name }) => name)),
    states: async () => (await executions()).map(({ state }) => state.current),
  };
}
