import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WorkerLines } from "@capstan/runtime";
import { createLocalStorage, type Storage } from "@capstan/storage";
import { createTestCatalogue } from "../../testing/catalogue.ts";
import { createMemoryRuntime } from "../../testing/memory-runtime.ts";
import { createServer, type Server, type ServerOptions } from "../../server.ts";

export const TOKEN = "token-of-the-gpu-workers";
export const OTHER_TOKEN = "token-of-the-default-group";

export interface WorkerServer {
  readonly url: string;
  readonly server: Server;
  readonly storage: Storage;
  readonly close: () => Promise<void>;
}

/** A server that listens, with files in a folder of its own, and whose lines a test answers. */
export async function startWorkerServer(
  lines: Partial<WorkerLines>,
  options: Partial<ServerOptions> = {},
): Promise<WorkerServer> {
  const directory = await mkdtemp(join(tmpdir(), "worker-server-"));
  const storage = createLocalStorage({ directory });
  await storage.start();
  const workers: WorkerLines = {
    connect: (_hello, _sink) => ({ session: "s", isResumed: false, received: 0, lostAfterMs: 30_000 }),
    disconnected: () => undefined,
    receive: () => undefined,
    mayUse: () => true,
    list: () => [],
    ...lines,
  };
  const catalogue = createTestCatalogue();
  const { runtime } = createMemoryRuntime(catalogue, Date.now);
  const server = createServer(
    { ...runtime, workers, storage },
    {
      host: "127.0.0.1",
      port: 0,
      catalogue,
      workerTokens: [
        { name: "gpus", token: TOKEN, groups: ["gpu", "eu"] },
        { name: "others", token: OTHER_TOKEN, groups: [] },
      ],
      ...options,
    },
  );
  const { url } = await server.listen();
  const close = async () => {
    await server.close();
    await storage.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return { url, server, storage, close };
}
