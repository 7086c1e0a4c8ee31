import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import type { Benchmark, Figure } from "./measure/benchmark.ts";
import { median, timeMs } from "./measure/benchmark.ts";
import { runToEnd } from "./measure/execution.ts";
import { startServer } from "./measure/server-process.ts";

function fibonacci(of: number): string {
  return `def fibo(n): return n if n <= 1 else fibo(n - 1) + fibo(n - 2)\nprint(fibo(${of}))`;
}

function pythonFlow(id: string, count: number, script: string): string {
  return `
id: ${id}
namespace: bench
tasks:
  - id: loop
    type: io.kestra.plugin.core.flow.ForEach
    concurrencyLimit: 1
    values: "{{ range(1, ${count}) }}"
    tasks:
      - id: python
        type: io.kestra.plugin.scripts.python.Script
        taskRunner:
          type: io.kestra.plugin.core.runner.Process
        script: |
${script.replaceAll(/^/gm, "          ")}
`;
}

function shellFlow(count: number): string {
  return `
id: shell-${count}
namespace: bench
tasks:
  - id: loop
    type: io.kestra.plugin.core.flow.ForEach
    concurrencyLimit: 16
    values: "{{ range(1, ${count}) }}"
    tasks:
      - id: shell
        type: io.kestra.plugin.scripts.shell.Commands
        taskRunner:
          type: io.kestra.plugin.core.runner.Process
        commands: ["true"]
`;
}

const SEQUENCES = [
  { what: "40 × fibo(10)", count: 40, script: fibonacci(10), goalMs: 2 },
  { what: "10 × fibo(33)", count: 10, script: fibonacci(33), goalMs: 2 },
] as const;
const SHELL_TASKS = 5_000;

export const scriptTasks: Benchmark = {
  name: "script-tasks",
  claim: "a script task costs little more than its process",
  run: async () => {
    usePlainPython();
    await using server = await startServer();
    const figures: Figure[] = [];
    await server.apply(pythonFlow("warm-up", 40, fibonacci(10)));
    await runToEnd(server, "bench", "warm-up");
    for (const [index, { what, count, script, goalMs }] of SEQUENCES.entries()) {
      await server.apply(pythonFlow(`python-${index}`, count, script));
      const bareMs: number[] = [];
      const ownMs: number[] = [];
      for (let round = 0; round < 7; round += 1) {
        bareMs.push(await timeMs(() => barePython(count, script)));
        ownMs.push((await runToEnd(server, "bench", `python-${index}`)).durationMs);
      }
      // Each at its best: what disturbs a run of seconds is more than what is measured.
      const overheadMs = (Math.min(...ownMs) - Math.min(...bareMs)) / count;
      const floor = { what: "bare processes", value: median(bareMs) };
      figures.push(
        { what: `${what}, one after the other`, value: median(ownMs), unit: "ms", floor },
        { what: `${what}: added to a task`, value: overheadMs, unit: "ms", goal: { max: goalMs } },
      );
    }
    await server.apply(shellFlow(500));
    await runToEnd(server, "bench", "shell-500");
    await server.apply(shellFlow(SHELL_TASKS));
    const [ownMs, bareMs]: [number[], number[]] = [[], []];
    for (let round = 0; round < 3; round += 1) {
      bareMs.push(await timeMs(() => bareShells(SHELL_TASKS)));
      ownMs.push((await runToEnd(server, "bench", `shell-${SHELL_TASKS}`)).durationMs);
    }
    const rateOf = (durationsMs: readonly number[]) => (SHELL_TASKS / median(durationsMs)) * 1000;
    const floor = { what: "started by xargs", value: rateOf(bareMs) };
    figures.push({ what: "`true` by sh, 16 at once", value: rateOf(ownMs), unit: "/s", floor, goal: { min: 1_500 } });
    return figures;
  },
};

/** Puts the interpreter itself first in the path: a version manager's stand-in for it costs more than what is measured. */
function usePlainPython(): void {
  const { stdout } = spawnSync("python3", ["-c", "import sys; print(sys.executable)"]);
  process.env["PATH"] = `${dirname(stdout.toString().trim())}:${process.env["PATH"]}`;
}

function barePython(count: number, script: string): void {
  for (let index = 0; index < count; index += 1) spawnSync("python3", ["-c", script]);
}

/** As many, by a program that does nothing else. */
function bareShells(count: number): void {
  spawnSync("xargs", ["-P", "16", "-n", "1", "sh", "-c", "true"], { input: "task\n".repeat(count) });
}
