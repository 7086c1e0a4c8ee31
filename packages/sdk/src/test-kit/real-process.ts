import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { RunnerResult, TaskCommand } from "../task-runner.ts";

/** A task runner for tests (`createTestWorld({ runCommand: runProcess })`): real processes, nothing else. */
export async function runProcess(asked: TaskCommand): Promise<RunnerResult> {
  const { env, workingDirectory } = asked;
  const [program = "", ...args] = asked.command;
  const child = spawn(program, args, {
    cwd: workingDirectory,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.on("error", reject);
  child.on("close", (code) => resolve(code ?? 1));
  for (const stream of ["stdout", "stderr"] as const)
    createInterface({ input: child[stream] }).on("line", (line) => asked.onLine(stream, line));
  return { exitCode: await promise, details: { pid: child.pid } };
}
