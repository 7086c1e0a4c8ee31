import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startWholeServer, type WholeServer } from "@capstan/sdk/test-kit";
import { onTestFinished } from "vitest";

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
  let server: WholeServer | undefined;
  onTestFinished(async () => {
    await server?.[Symbol.asyncDispose]();
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
  });
  const executions = async () => {
    const found = await server!.call("GET", "/executions/search?size=1000");
    return (found as { readonly results: readonly Execution[] }).results;
  };
  return {
    async start() {
      server = await startWholeServer({ data, environment: { CAPSTAN_LOCAL_FILES_WRITABLE_PATHS: writable } });
    },
    async kill() {
      await server?.[Symbol.asyncDispose]();
      server = undefined;
    },
    apply: async (flow) => void (await server!.call("POST", "/flows", flow)),
    told: async () =>
      (await executions()).flatMap(({ trigger }) => (trigger?.variables.files ?? []).map(({ name }) => name)),
    states: async () => (await executions()).map(({ state }) => state.current),
  };
}
