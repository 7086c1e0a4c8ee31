import type { Metric, TaskLogger } from "@capstan/sdk";
import { parseNotice } from "./protocol.ts";

/** Takes what a command writes: lines for the log, and notices to the platform. */
export interface CommandOutput {
  onLine(stream: "stdout" | "stderr", line: string): void;
  /** Merged from all notices; later ones win. */
  readonly vars: Record<string, unknown>;
  readonly stdOutLineCount: number;
  readonly stdErrLineCount: number;
}

export function createCommandOutput(log: TaskLogger, metric: (metric: Metric) => void): CommandOutput {
  const vars: Record<string, unknown> = {};
  const counts = { stdout: 0, stderr: 0 };
  return {
    vars,
    get stdOutLineCount() {
      return counts.stdout;
    },
    get stdErrLineCount() {
      return counts.stderr;
    },
    onLine: (stream, line) => {
      counts[stream] += 1;
      const notice = line.startsWith("::{") ? parseNotice(line) : undefined;
      if (notice === undefined) return stream === "stdout" ? log.info(line) : log.error(line);
      Object.assign(vars, notice.outputs);
      for (const one of notice.metrics) metric(one);
      for (const { level, message } of notice.logs) log[level.toLowerCase() as keyof TaskLogger](message);
      for (const problem of notice.problems) log.warn(problem);
    },
  };
}
