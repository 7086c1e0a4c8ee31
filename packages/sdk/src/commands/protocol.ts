import { type LogLevel, parseDuration, parseJsonValue } from "@capstan/model";
import type { Metric } from "../context.ts";

/** What a line of output says to the platform. */
export interface Notice {
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly metrics: readonly Metric[];
  readonly logs: readonly { readonly level: LogLevel; readonly message: string }[];
  /** What was not understood, for the log. */
  readonly problems: readonly string[];
}

const NOTICE = /^::(\{.*\})::$/s;
const LEVELS: Readonly<Record<string, LogLevel>> = {
  TRACE: "TRACE",
  DEBUG: "DEBUG",
  INFO: "INFO",
  WARN: "WARN",
  WARNING: "WARN",
  ERROR: "ERROR",
};

/** Reads a whole line of the form `::{…}::`; undefined for every other line, which is for the log. */
export function parseNotice(line: string): Notice | undefined {
  const json = NOTICE.exec(line)?.[1];
  if (json === undefined) return undefined;
  let body: unknown;
  try {
    body = parseJsonValue(json);
  } catch (error) {
    return {
      outputs: {},
      metrics: [],
      logs: [],
      problems: [`Invalid outputs \`${line}\`: ${(error as Error).message}`],
    };
  }
  const { outputs, metrics, logs } = body as Record<string, unknown>;
  const problems: string[] = [];
  return {
    outputs: isMap(outputs) ? outputs : {},
    metrics: listOf(metrics).flatMap((metric) => parseMetric(metric, problems)),
    logs: listOf(logs).flatMap((log) => parseLog(log, problems)),
    problems,
  };
}

function parseMetric(metric: unknown, problems: string[]): Metric[] {
  if (!isMap(metric)) return rejected(metric, "is no map", problems);
  const { name, type, tags } = metric;
  if (typeof name !== "string" || name === "") return rejected(metric, "has no name", problems);
  if (type !== "counter" && type !== "timer" && type !== "gauge")
    return rejected(metric, "has no type counter, timer or gauge", problems);
  const value = type === "timer" ? timerMs(metric["value"]) : numberOf(metric["value"]);
  if (value === undefined)
    return rejected(metric, type === "timer" ? "has no number of seconds or duration" : "has no number", problems);
  const labels = isMap(tags) ? Object.entries(tags).map(([key, tag]) => [key, String(tag)]) : [];
  return [
    {
      name,
      type,
      value,
      ...(labels.length === 0 ? {} : { tags: Object.fromEntries(labels) as Record<string, string> }),
    },
  ];
}

function parseLog(log: unknown, problems: string[]): Notice["logs"] {
  const message = isMap(log) ? log["message"] : undefined;
  if (!isMap(log) || typeof message !== "string") {
    problems.push(`The log ${JSON.stringify(log)} has no message.`);
    return [];
  }
  const level = LEVELS[String(log["level"] ?? "INFO").toUpperCase()];
  return [{ level: level ?? "INFO", message }];
}

function rejected(metric: unknown, problem: string, problems: string[]): never[] {
  problems.push(`The metric ${JSON.stringify(metric)} ${problem}.`);
  return [];
}

/** Seconds or an ISO-8601 duration, in milliseconds. */
function timerMs(value: unknown): number | undefined {
  const seconds = numberOf(value);
  if (seconds !== undefined) return seconds * 1_000;
  return typeof value === "string" ? parseDuration(value) : undefined;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
