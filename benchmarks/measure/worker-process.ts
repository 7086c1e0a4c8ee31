import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { CAPSTAN, type ServerProcess } from "./server-process.ts";

/** Starts a worker in a process of its own; resolves when the server knows it. */
export async function startWorker(
  server: ServerProcess,
  { token, concurrency }: { readonly token: string; readonly concurrency: number },
): Promise<AsyncDisposable> {
  const words = ["worker", "--server", server.url, "--concurrency", String(concurrency)];
  const child = spawn(process.execPath, [CAPSTAN, ...words], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, CAPSTAN_WORKER_TOKEN: token, CAPSTAN_LOGGING_LEVEL: "warn" },
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The worker ended with ${child.exitCode} before it was connected.`);
    const answer = await fetch(`${server.url}/api/v1/cluster/workers`);
    if (((await answer.json()) as readonly unknown[]).length > 0) break;
    await wait(10);
  }
  return {
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
