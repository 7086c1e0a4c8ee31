import type { JsonMap } from "@capstan/model";
import type { TaskRunnerDefinition } from "../definition.ts";
import { resolveProperties } from "../resolve-properties.ts";
import type { CommandOwner, RunnerResult } from "../task-runner.ts";
import { variablesRenderer } from "./variables-renderer.ts";

/** A command that runs on a task runner. */
export interface RunnerRun {
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

export interface RunnerAsked {
  readonly properties: JsonMap;
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly folder: string;
  readonly env?: Record<string, string>;
  readonly returnsFiles?: boolean;
  readonly owner?: CommandOwner;
  readonly pressure?: () => Promise<void> | undefined;
}

export const TEST_OWNER: CommandOwner = {
  key: "main/run1-1/1",
  tenant: "main",
  namespace: "company.team",
  flowId: "nightly",
  executionId: "execution1",
  taskId: "copy",
  taskRunId: "run1",
  attempt: 1,
};

/** Runs a command on a task runner, as a task does that asks for it. Throws when the properties don't resolve. */
export function runOnRunner(runner: TaskRunnerDefinition, asked: RunnerAsked): RunnerRun {
  const { env = {}, owner = TEST_OWNER, pressure = () => undefined, command, folder, returnsFiles } = asked;
  const resolved = resolveProperties(runner.properties, asked.properties, variablesRenderer({}));
  if ("error" in resolved) throw new Error(resolved.error);
  const lines: string[] = [];
  const logs: string[] = [];
  const waiting = new Map<string, () => void>();
  const interruption = new AbortController();
  const at = (level: string) => (message: string) => void logs.push(`${level} ${message}`);
  const log = { trace: at("TRACE"), debug: at("DEBUG"), info: at("INFO"), warn: at("WARN"), error: at("ERROR") };
  const ended = runner.runCommand(
    { properties: resolved.properties as never, log, signal: interruption.signal, pressure, owner },
    {
      command,
      env,
      workingDirectory: folder,
      ...(returnsFiles !== undefined && { returnsFiles }),
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
