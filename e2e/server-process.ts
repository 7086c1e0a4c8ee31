import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";

const ROOT = join(import.meta.dirname, "..");
const COMMAND = join(ROOT, "packages/cli/bin/capstan.cjs");
/** How often a condition outside of this process is looked at, in milliseconds. */
const LOOK_MS = 25;
/** How long anything that is waited for may take, in milliseconds; well above what a busy machine needs. */
const WAIT_MS_MAX = 60_000;

/** A running server. */
export interface ServerProcess extends CapstanProcess {
  /** Of the tenant's API. */
  readonly url: string;
}

/** A running `capstan`. */
export interface CapstanProcess {
  readonly pid: number;
  /** What it wrote to its log so far. */
  log(): string;
  /** Ends it like a power cut; resolves when it is gone. */
  kill(): Promise<void>;
  /** Tells it to end; resolves when it is gone. */
  stop(): Promise<void>;
  /** Resolves when it is gone, however it ended. */
  readonly gone: Promise<unknown>;
}

/** A folder for one test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-e2e-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

export async function writeFlows(folder: string, flows: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [id, text] of Object.entries(flows)) await writeFile(join(folder, `${id}.yaml`), text);
  return folder;
}

/** Starts a server on a free port; resolves when it takes work. */
export async function startServer(options: {
  readonly data: string;
  readonly flows: string;
  /** For temporary files. */
  readonly folder: string;
  /** The address of a PostgreSQL database; SQLite otherwise. */
  readonly database?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** A configuration file. */
  readonly config?: string;
}): Promise<ServerProcess> {
  const words = ["server", "--port", "0", "--data", options.data, "--flows", options.flows];
  if (options.database !== undefined) words.push("--database", options.database);
  if (options.config !== undefined) words.push("--config", options.config);
  const { child, ...running } = startCapstan(words, options);
  const url = await printedUrl(child, () => running.log());
  return { ...running, url: `${url}/api/v1/main` };
}

/** Starts the command; what it leaves behind goes with the folder of the test. */
export function startCapstan(
  words: readonly string[],
  { folder, environment }: { readonly folder: string; readonly environment?: Readonly<Record<string, string>> },
): CapstanProcess & { readonly child: ChildProcess } {
  const { PATH = "", HOME = "" } = process.env;
  const env = { PATH, HOME, TMPDIR: folder, CAPSTAN_LOGGING_LEVEL: "warn", ...environment };
  const child = spawn(process.execPath, [COMMAND, ...words], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], env });
  const gone = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await gone;
  });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (log += text));
  return {
    child,
    pid: child.pid!,
    log: () => log,
    gone,
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
    stop: async () => {
      child.kill("SIGTERM");
      await until("the process has stopped", () => child.exitCode ?? child.signalCode ?? undefined);
    },
  };
}

async function printedUrl(child: ChildProcess, log: () => string): Promise<string> {
  let printed = "";
  for await (const text of child.stdout!.setEncoding("utf8")) {
    printed += text as string;
    const [, url] = /capstan listens on (\S+)/.exec(printed) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`the server ended before it listened: ${log()}`);
}

/** Waits for something that other processes do; rejects with `what` that is when it does not come. */
export async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + WAIT_MS_MAX;
  do {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(LOOK_MS);
  } while (Date.now() < deadline);
  throw new Error(`waited for ${WAIT_MS_MAX / 1_000} seconds until ${what}`);
}

/**
 * Whether a process that a server started still runs. Numbers of processes are used again, so where the system shows it, the
 * process must have the folder in its environment.
 */
export async function isAlive(pid: number, folder: string): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/environ`, "utf8")).includes(folder);
  } catch {
    return process.platform !== "linux" && isAnyProcess(pid);
  }
}

function isAnyProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
