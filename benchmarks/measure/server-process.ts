import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export const CAPSTAN = new URL("../../packages/cli/bin/capstan.cjs", import.meta.url).pathname;

/** A real server, in a process of its own, on a data folder of its own. */
export interface ServerProcess extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Its data folder. */
  readonly data: string;
  /** Time from the start of the process to the first answer of its health route, in milliseconds. */
  readonly startMs: number;
  /** Memory that the process holds now, in bytes. */
  residentBytes(): Promise<number>;
  /** The most memory that the process has held since `forgetPeak`, in bytes. */
  peakBytes(): Promise<number>;
  /** The peak begins with the memory that the process holds now. */
  forgetPeak(): Promise<void>;
  /** Processor time that the process has used, in milliseconds. */
  processorMs(): Promise<number>;
  apply(source: string): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Stops it and keeps its data. */
  stop(): Promise<void>;
}

export interface ServerProcessOptions {
  /** Kept after the stop; by default a fresh folder that goes with the server. */
  readonly data?: string;
  readonly arguments?: readonly string[];
  /** Variables besides those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

export async function startServer(options: ServerProcessOptions = {}): Promise<ServerProcess> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), "capstan-bench-")));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const start = performance.now();
  const child = spawn(
    process.execPath,
    [CAPSTAN, "server", "--port", String(port), "--data", data, ...(options.arguments ?? [])],
    { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...options.environment } },
  );
  await healthy(url, child);
  const startMs = performance.now() - start;
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    await once(child, "exit");
  };
  return {
    port,
    url,
    data,
    startMs,
    residentBytes: () => statusBytes(child, "VmRSS"),
    peakBytes: () => statusBytes(child, "VmHWM"),
    forgetPeak: () => writeFile(`/proc/${child.pid}/clear_refs`, FORGET_PEAK),
    processorMs: async () => {
      const [user = 0, system = 0] = (await procFile(child, "stat"))
        .split(") ")[1]!
        .split(" ")
        .slice(11, 13)
        .map(Number);
      return (user + system) * 10;
    },
    apply: async (source) => {
      const headers = { "content-type": "application/x-yaml" };
      const response = await fetch(`${url}/api/v1/main/flows`, { method: "POST", headers, body: source });
      if (!response.ok) throw new Error(`The flow was refused: ${await response.text()}`);
    },
    signal: (signal) => void child.kill(signal),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      if (options.data === undefined) await rm(data, { recursive: true, force: true });
    },
  };
}

/** Asks without a pause, so that the time of the answer is the time of being ready. */
async function healthy(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode} before it was healthy.`);
    try {
      if ((await fetch(`${url}/health`)).ok) return;
    } catch {
      // Not listening yet.
      await wait(2);
    }
  }
}

/** What `clear_refs` takes for the peak, and nothing else, to begin anew. */
const FORGET_PEAK = "5";

async function statusBytes(child: ChildProcess, field: "VmRSS" | "VmHWM"): Promise<number> {
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(await procFile(child, "status"))?.[1]) * 1_024;
}

function procFile(child: ChildProcess, name: string): Promise<string> {
  return readFile(`/proc/${child.pid}/${name}`, "utf8");
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
