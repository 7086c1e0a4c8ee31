import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { localTime } from "../terminal/local-time.ts";
import { Mistake } from "../mistake.ts";
import { paintFor } from "../run-view/create-run-view.ts";
import { formatLogLines } from "../run-view/wording.ts";

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
  if (options.json === true) process.stdout.write(`${JSON.stringify(lines, undefined, 2)}\n`);
  else {
    const paint = paintFor(process.stdout);
    const text = lines.map((line) => `${paint("dim", localTime(line.timestamp))} ${formatLogLines([line], paint)}`);
    process.stdout.write(text.join(""));
  }
  return 0;
}
