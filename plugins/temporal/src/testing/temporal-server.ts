import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cachedProgram, startProgram, type StartedProgram } from "@capstan/sdk/test-kit";
import { Connection } from "@temporalio/client";

/** How long a build may take on a busy machine, with all that it downloads. */
export const BUILD_MS_MAX = 900_000;
export const NAMESPACE = "shop";

const VERSION = "v1.5.1";
const NEEDS = "a Go of 1.25 or later (apt-get install golang-go, or https://go.dev/dl) and a proxy of modules";
const WORKER = join(import.meta.dirname, "worker");

/** A server with one namespace, in which workflows can be searched by `Customer` and `Amount`. */
export interface TemporalServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly port: number;
}

/** The development server of Temporal, with everything in memory. It is built at the first time. */
export async function startTemporal(): Promise<TemporalServer> {
  const folder = await cachedProgram({
    name: `temporal-${VERSION}`,
    needs: NEEDS,
    async make(unfinished) {
      const env = { ...process.env, GOBIN: unfinished, CGO_ENABLED: "0" };
      const program = `github.com/temporalio/cli/cmd/temporal@${VERSION}`;
      await promisify(execFile)("go", ["install", "-ldflags=-s -w", program], { env });
      return unfinished;
    },
  });
  const attributes = ["Customer=Keyword", "Amount=Int"].flatMap((each) => ["--search-attribute", each]);
  const server = await startProgram({
    command: join(folder, "temporal"),
    args: ({ port }) => [
      "server",
      "start-dev",
      "--headless",
      "--ip=127.0.0.1",
      `--port=${port}`,
      `--namespace=${NAMESPACE}`,
      "--log-level=never",
      // As long as it answers a wait with nothing; otherwise that is twenty seconds.
      "--dynamic-config-value",
      'history.longPollExpirationInterval="1s"',
      ...attributes,
    ],
    install: "it is built by the test",
    environment: { HOME: folder },
    isReady: ({ port }) => hasNamespace(port),
  });
  return {
    port: server.port,
    endpoint: `127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** A worker with the workflows of `worker/main.go`, on a task queue. */
export async function startWorker({ endpoint }: TemporalServer, taskQueue: string): Promise<StartedProgram> {
  const sources = ["main.go", "go.mod", "go.sum"].map((name) => readFileSync(join(WORKER, name)));
  const hash = createHash("sha256").update(Buffer.concat(sources)).digest("hex").slice(0, 12);
  const command = await cachedProgram({
    name: `temporal-worker-${hash}`,
    needs: NEEDS,
    async make(folder) {
      await cp(WORKER, folder, { recursive: true });
      const env = { ...process.env, CGO_ENABLED: "0" };
      await promisify(execFile)("go", ["build", "-ldflags=-s -w", "-o", "worker", "."], { cwd: folder, env });
      return join(folder, "worker");
    },
  });
  return startProgram({
    command,
    args: () => [endpoint, NAMESPACE, taskQueue],
    install: "it is built by the test",
    isReady: async ({ folder }) => existsSync(join(folder, "ready")),
  });
}

async function hasNamespace(port: number): Promise<boolean> {
  const connection = Connection.lazy({ address: `127.0.0.1:${port}`, interceptors: [] });
  try {
    await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
