import { dynamic, type LogLevel, type TaskLogger } from "@capstan/sdk";
import { z } from "zod";

export const LEVELS = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"] as const satisfies readonly LogLevel[];

export function level(description: string) {
  return dynamic(z.enum(LEVELS)).default("INFO").describe(description);
}

const METHODS = { TRACE: "trace", DEBUG: "debug", INFO: "info", WARN: "warn", ERROR: "error" } as const;

export function logAt(log: TaskLogger, at: LogLevel, message: string): void {
  log[METHODS[at]](message);
}
