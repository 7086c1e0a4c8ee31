import type { LogLine } from "@capstan/store";
import { ATTEMPT_LIMITS } from "../limits.ts";

/** Keeps the log of one attempt within its limits: its first lines are handed out as they come, of the others the last ones are kept. */
export interface LogBudget {
  /** Answers whether the line is to be handed out now; otherwise it is kept for the end, as long as it is among the last. */
  admit(line: LogLine): boolean;
  /** What was kept for the end, after a line that says how many lines are missing; empty for a log within its limits. */
  takeRest(): readonly LogLine[];
}

export interface LogBudgetLimits {
  readonly firstCharacters: number;
  readonly lastCharacters: number;
}

export function createLogBudget(
  { firstCharacters, lastCharacters }: LogBudgetLimits = {
    firstCharacters: ATTEMPT_LIMITS.logCharactersFirst,
    lastCharacters: ATTEMPT_LIMITS.logCharactersLast,
  },
): LogBudget {
  let spent = 0;
  // A queue: lines before `head` are left out already.
  let kept: LogLine[] = [];
  let head = 0;
  let keptSize = 0;
  let leftOut = 0;
  const keep = (line: LogLine) => {
    kept.push(line);
    keptSize += sizeOf(line);
    while (keptSize > lastCharacters && head < kept.length - 1) {
      keptSize -= sizeOf(kept[head]!);
      head += 1;
      leftOut += 1;
    }
    if (head * 2 < kept.length) return;
    kept = kept.slice(head);
    head = 0;
  };
  return {
    admit: (line) => {
      spent += sizeOf(line);
      if (spent <= firstCharacters) return true;
      keep(line);
      return false;
    },
    takeRest: () => {
      const rest = kept.slice(head);
      const [first] = rest;
      const missing = leftOut;
      [kept, head, keptSize, leftOut] = [[], 0, 0, 0];
      if (first === undefined || missing === 0) return rest;
      const message =
        `${missing} lines are left out here: of an attempt's log, the first ${firstCharacters} characters ` +
        `and the last ${lastCharacters} are kept. Write large output to a file instead`;
      return [{ time: first.time, level: "WARN", message }, ...rest];
    },
  };
}

/** Characters that a line counts for: a short one takes room, too. */
export function sizeOf({ message }: LogLine): number {
  return Math.max(message.length, ATTEMPT_LIMITS.logLineCharactersMin);
}
