import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandOwner, type JsonMap, resolveProperties, type RunnerResult } from "@capstan/sdk";
import { variablesRenderer } from "@capstan/sdk/test-kit";
import { onTestFinished } from "vitest";
import { dockerRunner } from "../runner/docker.ts";

export interface Ran {
  /** Settles as the runner does. */
  readonly ended: Promise<RunnerResult>;
  /** `stdout: text`, in the order of each stream. */
  readonly lines: string[];
  /** `LEVEL text` of the runner itself. */
  readonly logs: string[];
  /** Resolves when a line has come. */
  line(text: string): Promise<void>;
  interrupt(reason?: Error): void;
}

export interface RunOptions {
  readonly properties?: JsonMap;
  readonly folder?: string;
  readonly env?: Record<string, string>;
  readonly key?: string;
  /** Whose it is; an attempt's where it is not told. */
  readonly owner?: CommandOwner;
  readonly pressure?: () => Promise<void> | undefined;
}

export const OWNER: CommandOwner = {
  key: "main/run1-1/1",
  tenant: "main",
  namespace: "company.team",
  flowId: "nightly",
  executionId: "execution1",
  taskId: "copy",
  taskRunId: "run1",
  attempt: 1,
};

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-docker-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a line of a shell, or a program with its arguments, as a task does that asks for the Docker runner. */
export async function runCommand(
  host: string,
  asked: string | readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const { properties = {}, env = {}, owner = OWNER, key = owner.key, pressure = () => undefined } = options;
  const workingDirectory = options.folder ?? (await temporaryFolder());
  const given = { host, image: "small:1", networkMode: "none", ...properties };
  const resolved = resolveProperties(dockerRunner.properties, given, variablesRenderer({}));
  if ("error" in resolved) throw new Error(resolved.error);
  const lines: string[] = [];
  const logs: string[] = [];
  const waiting = new Map<string, () => void>();
  const interruption = new AbortController();
  const at = (level: string) => (message: string) => void logs.push(`${level} ${message}`);
  const log = { trace: at("TRACE"), debug: at("DEBUG"), info: at("INFO"), warn: at("WARN"), error: at("ERROR") };
  const context = { properties: resolved.properties as never, log, signal: interruption.signal, pressure };
  const ended = dockerRunner.runCommand(
    { ...context, owner: { ...owner, key } },
    {
      command: typeof asked === "string" ? ["sh", "-c", asked] : asked,
      env,
      workingDirectory,
      onLine: (stream, line) => {
        lines.push(`${stream}: ${line}`);
        waiting.get(line)?.();
      },
    },
  );
  ended.catch(() => undefined);
  return {
    ended,
    lines,
    logs,
    line: (text) => {
      const come = new Promise<void>((resolve) => void waiting.set(text, resolve));
      if (lines.some((line) => line.endsWith(`: ${text}`))) return Promise.resolve();
      return Promise.race([come, ended.then(() => Promise.reject(new Error(`ended before the line ${text}`)))]);
    },
    interrupt: (reason) => interruption.abort(reason ?? new Error("the task was killed")),
  };
}
