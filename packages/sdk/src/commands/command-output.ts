import type { Metric, TaskLogger } from "../context.ts";
import { parseNotice } from "./protocol.ts";

/** Takes what a command writes: lines for the log, and notices to the platform. */
export interface CommandOutput {
  onLine(stream: "stdout" | "stderr", line: string): void;
  /** Merged from all notices; later ones win. */
  readonly vars: Record<string, unknown>;
  /** Lines so far. */
  readonly counts: { readonly stdout: number; readonly stderr: number };
  /** Why the outputs are not all there. */
  loss(): string | undefined;
}

/**
 * Characters of `vars` as JSON from which on no more is collected, so that memory stays bounded. It is more than an attempt may
 * put out, so the attempt fails for its size.
 */
const VARS_CHARACTERS_MAX = 4_194_304;
/** A line that begins as a notice, is longer than this and has another end was cut: no notice may be so long. */
const NOTICE_CHARACTERS_MAX = 1_048_576;
const LOSS = `a line that begins with \`::{\` has more than ${NOTICE_CHARACTERS_MAX} characters, so that its outputs are lost. Store large data as a file and output its address`;

export function createCommandOutput(log: TaskLogger, metric: (metric: Metric) => void): CommandOutput {
  const vars: Record<string, unknown> = {};
  const sizes = new Map<string, number>();
  let size = 0;
  const merge = (outputs: Readonly<Record<string, unknown>>) => {
    for (const [name, value] of Object.entries(outputs)) {
      if (size > VARS_CHARACTERS_MAX) return;
      const own = name.length + JSON.stringify(value).length;
      size += own - (sizes.get(name) ?? 0);
      sizes.set(name, own);
      Object.defineProperty(vars, name, { value, enumerable: true, configurable: true, writable: true });
    }
  };
  const counts = { stdout: 0, stderr: 0 };
  let loss: string | undefined;
  return {
    vars,
    counts,
    loss: () => loss,
    onLine: (stream, line) => {
      counts[stream] += 1;
      const notice = line.startsWith("::{") ? parseNotice(line) : undefined;
      if (notice === undefined && line.startsWith("::{") && line.length > NOTICE_CHARACTERS_MAX) loss = LOSS;
      if (notice === undefined) return stream === "stdout" ? log.info(line) : log.error(line);
      merge(notice.outputs);
      for (const one of notice.metrics) metric(one);
      for (const { level, message } of notice.logs) log[level.toLowerCase() as keyof TaskLogger](message);
      for (const problem of notice.problems) log.warn(problem);
    },
  };
}
