import { connect, type ConnectionOptions } from "../connection.ts";
import { Mistake } from "../mistake.ts";

export interface ExecutionLogsOptions extends ConnectionOptions {
  readonly level?: string;
  readonly json?: boolean;
}

const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];

export async function executionLogs(id: string, options: ExecutionLogsOptions): Promise<number> {
  const level = options.level?.toUpperCase();
  if (level !== undefined && !LEVELS.includes(level))
    throw new Mistake(`--level ${options.level}: it must be one of ${LEVELS.join(", ")}`);
  const lines = await connect(options).listLogs(id, level);
  const text = lines.map((line) => `${line.timestamp} ${line.level} ${line.taskId ?? "flow"}: ${line.message}\n`);
  process.stdout.write(options.json === true ? `${JSON.stringify(lines, undefined, 2)}\n` : text.join(""));
  return 0;
}
