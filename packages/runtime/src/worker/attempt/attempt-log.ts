import type { Masking } from "@capstan/engine";
import type { LogLevel } from "@capstan/model";
import type { TaskLogger } from "@capstan/sdk";
import type { LogLine } from "@capstan/store";
import { ATTEMPT_LIMITS } from "../limits.ts";
import { createLogBudget } from "./log-budget.ts";

export interface AttemptLog extends TaskLogger {
  /** Hands out what is left, and the last lines of a log that is over its limit. */
  end(): void;
}

const RANKS: Readonly<Record<LogLevel, number>> = { TRACE: 0, DEBUG: 1, INFO: 2, WARN: 3, ERROR: 4 };
/** Lines handed out before the turn is over. */
const BATCH_LINES = 500;

export interface AttemptLogOptions {
  readonly minimumLevel: LogLevel | undefined;
  readonly masking: Masking;
  readonly now: () => number;
}

/** The log of one attempt: kept within its limits, and handed out once per turn of the event loop. */
export function createAttemptLog(emit: (lines: readonly LogLine[]) => void, options: AttemptLogOptions): AttemptLog {
  const budget = createLogBudget();
  let lines: LogLine[] = [];
  let turn: NodeJS.Immediate | undefined;
  const flush = () => {
    if (turn !== undefined) clearImmediate(turn);
    turn = undefined;
    if (lines.length === 0) return;
    const batch = lines;
    lines = [];
    emit(batch);
  };
  const logger = createLineLog((line) => {
    if (!budget.admit(line)) return;
    lines.push(line);
    if (lines.length >= BATCH_LINES) flush();
    else turn ??= setImmediate(flush);
  }, options);
  const end = () => {
    lines.push(...budget.takeRest());
    flush();
  };
  return { ...logger, end };
}

/** Masked, filtered by the task's level, cut, and handed out line by line. */
export function createLineLog(emit: (line: LogLine) => void, options: AttemptLogOptions): TaskLogger {
  const minimum = RANKS[options.minimumLevel ?? "TRACE"];
  const at = (level: LogLevel) => (message: string) => {
    if (RANKS[level] < minimum) return;
    emit({
      time: options.now(),
      level,
      message: cut(options.masking.mask(message), ATTEMPT_LIMITS.logCharacters),
    });
  };
  return { trace: at("TRACE"), debug: at("DEBUG"), info: at("INFO"), warn: at("WARN"), error: at("ERROR") };
}

/** Shortens a text to a number of characters and says so at its end. */
export function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax
    ? text
    : `${text.slice(0, charactersMax)}… (${text.length - charactersMax} characters cut)`;
}
