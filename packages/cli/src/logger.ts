import { destination, type Logger, pino } from "pino";
import type { Configuration } from "./configuration.ts";
import { readableLog } from "./terminal/readable-log.ts";

/** The server's own log. It goes to stderr: stdout belongs to the answer of the command. */
export function createLogger({ logging }: Pick<Configuration, "logging">): Logger {
  const target = process.stderr.isTTY ? readableLog(process.stderr) : destination({ dest: 2, sync: true });
  return pino({ level: logging.level }, target);
}
